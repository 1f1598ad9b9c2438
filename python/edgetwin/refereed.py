"""What a model tells about itself for all inputs, not for those that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .referee.certificate import Certificate

__all__ = ["Refereed"]


class Refereed:
    """The part of `Model` that is decided by analysis."""

    def certify(self, against: str) -> Certificate:
        """Decide, for all inputs, where another arithmetic gives the same bytes.

        Parameters
        ----------
        against : str
            Another arithmetic than the model's: "tflm", "single_rounding" or "xnnpack".

        Returns
        -------
        Certificate
            For each operator, and each channel that is requantized: the bounds of its sums; the sums to which the two
            give different codes; and a proof that none of them can be had, or an input of the operator that has one
            (with codes that its tensors can have; whether an input of the model leads there is not asked). What is not
            decided is said to be.

        Raises
        ------
        DataError : no such other arithmetic
        """
        from .referee.certify import certify

        return certify(self, against)  # type: ignore[arg-type]
