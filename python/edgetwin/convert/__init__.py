"""Networks of Keras, PyTorch and scikit-learn as float32 models.

The frameworks are imported by the functions that read their networks, none of them with the package.
"""

from . import keras, sklearn, torch
from .keras import from_keras
from .sklearn import from_sklearn
from .torch import from_torch

__all__ = ["from_keras", "from_sklearn", "from_torch", "keras", "sklearn", "torch"]
