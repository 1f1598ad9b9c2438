"""What of float32 operators TFLite Micro has as LiteRT does."""

from __future__ import annotations

import numpy as np

#: Operators that TFLite Micro does not have.
LITERT_ONLY = {"gelu", "pow", "reduce_prod", "relu_0_to_1", "relu_n1_to_1", "sign"}
#: Below -9 TFLite Micro's logistic takes a shortcut that ours and LiteRT's do not: inputs are scaled to stay above.
_SHORTCUT = {"logistic": 1 / 32, "unidirectional_sequence_lstm": 1 / 16}


def for_the_wheel(name, samples):
    """Inputs for which an operator gives the bytes of TFLite Micro."""
    if name not in _SHORTCUT:
        return samples
    return [[array * np.float32(_SHORTCUT[name]) for array in arrays] for arrays in samples]
