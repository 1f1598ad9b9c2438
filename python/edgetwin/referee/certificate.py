"""What `Model.certify` found, and the file that another can check."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..atomic import write_atomic
from ..types import ARITHMETIC_VERSIONS, Array

__all__ = ["FORMAT", "VERSIONS", "Certificate", "ChannelVerdict", "OperatorVerdict", "Witness", "worst"]

#: Raised with every change of what a certificate says.
FORMAT = 2
#: Of what a certificate is about: arithmetics, and the family of all of them.
VERSIONS: Mapping[str, str] = {**ARITHMETIC_VERSIONS, "every_rounding": "every_rounding@1"}
DIFFERS, EQUAL, UNDECIDED = "differs", "equal", "undecided"


@dataclass(frozen=True, eq=False)
class Witness:
    """An input of one operator to which two arithmetics give different bytes.

    Attributes
    ----------
    inputs : tuple of ndarray
        The operator's activations, shaped as in the file.
    at : tuple of int
        Element of the output, its axis of samples first.
    codes : tuple of int
        The two arithmetics' values there.
    sum : int or None
        The accumulator, of an operator that has one.
    taps : ndarray of int8 or None
        The codes that make the sum, one for each weight of the channel; the zero point where outside the input.
    """

    inputs: tuple[Array, ...]
    at: tuple[int, ...]
    codes: tuple[int, int]
    sum: int | None = None
    taps: Array | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold: the taps, or else the inputs, as lists."""
        content: dict[str, Any] = {"at": list(self.at), "codes": list(self.codes)}
        if self.taps is not None:
            return {**content, "sum": self.sum, "taps": self.taps.tolist()}
        return {**content, "inputs": [array.tolist() for array in self.inputs]}


@dataclass(frozen=True, eq=False)
class ChannelVerdict:
    """One requantized channel.

    Attributes
    ----------
    verdict : str
        "equal", "differs" or "undecided".
    bounds : tuple of int
        The smallest and the largest sum, before wrapping.
    lattice : tuple of int
        (modulus, residue) of every sum; a modulus of 0 where there is one sum only.
    differing : tuple of (int, int)
        First and last of each run of sums within bounds to which the arithmetics give different codes, whether a run
        holds a sum of the lattice or not.
    overflows : bool
        Whether the bounds leave int32; both are reached by inputs of the smallest and largest codes.
    witness : Witness or None
    """

    verdict: str
    bounds: tuple[int, int]
    lattice: tuple[int, int]
    differing: tuple[tuple[int, int], ...]
    overflows: bool
    witness: Witness | None

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "verdict": self.verdict,
            "bounds": list(self.bounds),
            "lattice": list(self.lattice),
            "differing": [list(run) for run in self.differing],
            "overflows": self.overflows,
            "witness": None if self.witness is None else self.witness.as_dict(),
        }


@dataclass(frozen=True, eq=False)
class OperatorVerdict:
    """One operator.

    Attributes
    ----------
    operator : int
    name : str
    tensor : str
        Its output.
    verdict : str
        "equal" for all inputs, "differs" for the witness, or "undecided".
    reason : str
    codes : tuple of int
        Smallest and largest code that its first activation was taken to have.
    channels : tuple of ChannelVerdict
        Empty for operators without requantized sums of products.
    witness : Witness or None
        Of an operator without channels.
    """

    operator: int
    name: str
    tensor: str
    verdict: str
    reason: str
    codes: tuple[int, int] = (0, 0)
    channels: tuple[ChannelVerdict, ...] = ()
    witness: Witness | None = None

    @property
    def witnesses(self) -> list[Witness]:
        """Every witness of the operator."""
        found = [self.witness, *(channel.witness for channel in self.channels)]
        return [witness for witness in found if witness is not None]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "operator": self.operator,
            "name": self.name,
            "tensor": self.tensor,
            "verdict": self.verdict,
            "reason": self.reason,
            "codes": list(self.codes),
            "channels": [channel.as_dict() for channel in self.channels],
            "witness": None if self.witness is None else self.witness.as_dict(),
        }


@dataclass(frozen=True, eq=False)
class Certificate:
    """What two arithmetics do with a model, for all inputs.

    Attributes
    ----------
    model : str
        SHA-256 of the `.tflite` file.
    arithmetic, against : str
    version : str
        Of edgetwin.
    operators : tuple of OperatorVerdict
        Those that run, in order.
    """

    model: str
    arithmetic: str
    against: str
    version: str
    operators: tuple[OperatorVerdict, ...]

    @property
    def verdict(self) -> str:
        """The worst of the operators': "equal" holds for every input of the model, "differs" for an operator alone."""
        return worst(self.operators)

    @property
    def equal(self) -> bool:
        """Whether equality is proven for every input of the model."""
        return self.verdict == EQUAL

    @property
    def decided(self) -> float:
        """The share of requantized channels that are not undecided; 1 without such channels."""
        verdicts = [channel.verdict for operator in self.operators for channel in operator.channels]
        return 1 - verdicts.count(UNDECIDED) / max(len(verdicts), 1)

    @property
    def arithmetic_versions(self) -> tuple[str, str]:
        """Versions of the two arithmetics: ``("tflm@20261023", "litert@2.3.0")``."""
        return VERSIONS[self.arithmetic], VERSIONS[self.against]

    @property
    def witnesses(self) -> list[tuple[int, Witness]]:
        """Every witness with its operator's index."""
        return [(operator.operator, witness) for operator in self.operators for witness in operator.witnesses]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as a dictionary that JSON can hold."""
        return {
            "format": FORMAT,
            "model": self.model,
            "arithmetic": self.arithmetic,
            "against": self.against,
            "arithmetic_versions": list(self.arithmetic_versions),
            "edgetwin": self.version,
            "verdict": self.verdict,
            "decided": self.decided,
            "operators": [operator.as_dict() for operator in self.operators],
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate as JSON, whole or not at all.

        Parameters
        ----------
        path : path
            An existing file is replaced.

        Raises
        ------
        OutputError : the file cannot be written; what was there is left as it was
        """
        text = json.dumps(self.as_dict(), separators=(",", ":")) + "\n"
        write_atomic(path, lambda file: file.write(text.encode()))

    def __str__(self) -> str:
        versions = ", ".join(self.arithmetic_versions)
        lines = [f"{self.arithmetic} against {self.against} ({versions}), model {self.model[:16]}: {self.verdict}"]
        lines += [
            f"operator {o.operator} ({o.name}): {o.verdict}{_channels(o.channels)}{': ' if o.reason else ''}{o.reason}"
            for o in self.operators
        ]
        return "\n".join([*lines, f"decided: {100 * self.decided:.2f} % of requantized channels"])


def worst(parts: Sequence[OperatorVerdict] | Sequence[ChannelVerdict]) -> str:
    """Return the verdict on a whole from those on its parts."""
    verdicts = [part.verdict for part in parts]
    return DIFFERS if DIFFERS in verdicts else UNDECIDED if UNDECIDED in verdicts else EQUAL


def _channels(channels: Sequence[ChannelVerdict]) -> str:
    counted = Counter(channel.verdict for channel in channels)
    said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counted.items()))
    return f" ({said} of {len(channels)} channels)" if channels else ""
