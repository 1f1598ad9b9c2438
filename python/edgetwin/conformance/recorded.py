"""What kernels of boards gave, recorded: each call as models for every runtime, and the boards' answers to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..io.tflite_write import write_tflite
from ..model import Model
from ..types import Array
from .cases import RECORDED, Case, in_turns, outputs_of
from .driver import Answer, Runtime
from .recorded_forms import FILES, Call, Form
from .suite import Outcome, judged

__all__ = ["NO_RECORDINGS", "Recordings", "read_recordings"]

#: The recordings do not tell it themselves.
_VERSION = "99f736a, recorded"
#: Column of the matrix -> what the recordings call the build, and whether it rounds as the reference does.
_BUILDS: Mapping[str, tuple[str, bool]] = {
    "CMSIS-NN, M3": ("m3", True),
    "CMSIS-NN, M4": ("m4", True),
    "CMSIS-NN, M55": ("m55", False),
    "CMSIS-NN, M4, single rounding": ("m4_single_rounding", False),
    "CMSIS-NN, M55, single rounding": ("m55_single_rounding", False),
}


@dataclass(frozen=True, eq=False)
class Recordings:
    """Recorded kernel calls, as cases of the suite.

    Attributes
    ----------
    cases : list of Case
        Their reference is edgetwin's arithmetic "tflm", as of every other case.
    runtimes : list of Runtime
        The boards. They have no command.
    outcomes : dict of str to list of Outcome
        Of each board at each of the cases.
    calls : dict of str to (int, int)
        File to the calls it has, and to those of them that models were written of.
    """

    cases: list[Case]
    runtimes: list[Runtime]
    outcomes: dict[str, list[Outcome]]
    calls: dict[str, tuple[int, int]]


NO_RECORDINGS = Recordings([], [], {}, {})


def read_recordings(folder: str | Path, chosen: Collection[str] | None = None) -> Recordings:
    """Read recordings of CMSIS-NN's kernels.

    Parameters
    ----------
    folder : path
        Holds a `.npz` file for each function, with `caseNNN.params`, `caseNNN.input`, `caseNNN.output_m4`, ...
    chosen : collection of str, optional
        Operators; all by default.

    Returns
    -------
    Recordings

    Raises
    ------
    DataError : no such folder, or a file that is no recording
    """
    folder = Path(folder)
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise DataError(f"{folder}: no recordings (.npz)")
    groups: list[list[Case]] = []
    outcomes: dict[str, list[Outcome]] = {name: [] for name in _BUILDS}
    counts: dict[str, tuple[int, int]] = {}
    for path in files:
        calls = _calls(path)
        if path.stem not in FILES:
            if chosen is None:
                counts[path.stem] = (len(calls), 0)
            continue
        row, operator, forms_of = FILES[path.stem]
        if chosen is not None and operator not in chosen:
            continue
        written = 0
        groups.append([])
        for name, call in calls.items():
            try:
                forms = list(forms_of(call))
                made = [(_case(f"{path.stem}-{name}", row, operator, i, f), f) for i, f in enumerate(forms) if f]
                for case, form in made:
                    for board, (build, _) in _BUILDS.items():
                        outcomes[board].append(judged(case, _answer(call, build, form)))
            except (KeyError, ValueError) as error:
                raise DataError(f"{path}, {name}: not a recording of {operator}: {error}") from None
            groups[-1] += [case for case, _ in made]
            written += all(form is not None for form in forms)
        counts[path.stem] = (len(calls), written)
    runtimes = [Runtime(name, _VERSION, (), ours=ours) for name, (_, ours) in _BUILDS.items()]
    return Recordings(in_turns(groups), runtimes, outcomes, counts)


def _calls(path: Path) -> dict[str, Call]:
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {key: file[key] for key in file.files}
        found: dict[str, dict[str, Array]] = {}
        for key, array in data.items():
            name, _, part = key.partition(".")
            found.setdefault(name, {})[part] = array
        return {name: Call(json.loads(str(parts.pop("params"))), parts) for name, parts in sorted(found.items())}
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: not a recording: {error}") from None


def _case(name: str, row: str, operator: str, number: int, form: Form) -> Case:
    data = write_tflite(form.graph)
    expected = outputs_of(Model(data), form.inputs)
    return Case(f"{name}-{number}", operator, row + RECORDED, form.graph, data, form.inputs, expected)


def _answer(call: Call, build: str, form: Form) -> Answer:
    status = call.params["status"][build]
    if status != 0:
        return Answer("refuses", why=f"the kernel's status is {status}: it computes nothing")
    whole = call.array(f"output_{build}", *form.output)[..., form.channels]
    return Answer("ok", (whole[:, None],))
