"""Networks of Keras, PyTorch and scikit-learn as float32 models.

The frameworks are imported by the functions that read their networks, none of them with the package.
"""

from . import sklearn, torch
from .sklearn import from_sklearn
from .torch import from_torch

__all__ = ["from_sklearn", "from_torch", "sklearn", "torch"]
