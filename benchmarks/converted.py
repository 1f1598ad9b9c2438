"""Quantized models that converters write, against the pinned TFLite Micro wheel, as a Markdown table.

EDGETWIN_FRAMEWORKS_PYTHON=frameworks/bin/python python benchmarks/converted.py [FOLDER of models that were converted]
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from exactness import versions
from oracles import converters
from oracles.converters_expected import NOT_CONVERTED, refused
from oracles.exactness import compare_inputs
from oracles.tflm import Tflm

from edgetwin.io.tflite_read import read_tflite


def measured(folder) -> dict[str, Counter]:
    """Counts of the comparisons by file of networks and form."""
    oracle = Tflm()
    rows: dict[str, Counter] = {}
    for case in converters.CASES:
        name, form = case
        if form == "float32":
            continue
        row = rows.setdefault(f"{name.split('.')[0]} | {form}", Counter())
        if case in NOT_CONVERTED:
            row["not converted"] += 1
        elif case in refused():
            row["refused"] += 1
        else:
            model = converters.Converted(folder, name, form)
            r = compare_inputs(model.name, model.data, model.inputs(read_tflite(model.data)), oracle)
            differing = r.differing_outputs + sum(r.differing_operators.values())
            row.update({"models": 1, "operators": r.operators, "inputs": r.inputs, "differing": differing})
            row.update({"output bytes": r.output_bytes, "operator bytes": r.operator_bytes})
    oracle.close()
    return rows


def main() -> int:
    """Print the table; exit 1 if a byte differs."""
    print(f"{versions()}\n")
    columns = (
        "models",
        "operators",
        "inputs",
        "output bytes",
        "operator bytes",
        "differing",
        "refused",
        "not converted",
    )
    print(f"| networks | form | {' | '.join(columns)} |")
    print(f"| --- | --- | {' | '.join('---' for _ in columns)} |")
    if len(sys.argv) > 1:
        rows = measured(Path(sys.argv[1]))
    else:
        python = converters.frameworks_python()
        if python is None:
            print(converters.INSTALL, file=sys.stderr)
            return 2
        with tempfile.TemporaryDirectory() as folder:
            converters.convert(python, Path(folder))
            rows = measured(Path(folder))
    for name, row in rows.items():
        print(f"| {name} | {' | '.join(f'{row[column]:,}' for column in columns)} |")
    return int(any(row["differing"] for row in rows.values()))


if __name__ == "__main__":
    sys.exit(main())
