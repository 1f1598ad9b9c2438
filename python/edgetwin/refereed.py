"""What a model tells about itself for all inputs, not for those that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .referee.certificate import Certificate
    from .referee.vectors import TestVectors

__all__ = ["Refereed"]


class Refereed:
    """The part of `Model` that is decided by analysis."""

    def certify(self, against: str) -> Certificate:
        """Decide, for all inputs, where another arithmetic gives the same bytes.

        Parameters
        ----------
        against : str
            Another arithmetic than the model's: "tflm", "single_rounding" or "xnnpack"; or "every_rounding": all that
            runtimes may make of a sum, whether they compute its scaling in double or float32, round once or twice, and
            ties up, down or to even. Then equality holds between any two of TFLite Micro, CMSIS-NN, LiteRT's delegate
            and own kernels, ONNX Runtime, ... and a witness has the smallest and the largest code of them all.

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

    def test_vectors(self, n: int = 64, *, seed: int = 0) -> TestVectors:
        """Choose a few inputs that find faults of kernels, with the bytes that right ones give.

        Of some thousand candidates (constants, alternations, single codes, inputs that put the first layer's sums where
        roundings part, random ones of several kinds, climbs to ends of each channel's codes, and changed forms of the
        best) those are taken that together bring every channel of every operator to many codes and to its clamps, and
        its sums to thresholds, where a slightly other scale or another rounding gives another code. Run them in their
        order: what a kernel does not write keeps what the input before left there, and each element that has two codes
        among the vectors has two in neighbours.

        Parameters
        ----------
        n : int, >= 1
        seed : int
            Of the random candidates.

        Returns
        -------
        TestVectors
            `save` writes an `.npz`, `save_header` a C header with a CRC-32 of every operator's output.

        Raises
        ------
        DataError : `n` is not an integer >= 1
        UnsupportedError : an input or output that is no array of codes
        """
        from .referee.vectors import choose_vectors

        return choose_vectors(self, n, seed)  # type: ignore[arg-type]
