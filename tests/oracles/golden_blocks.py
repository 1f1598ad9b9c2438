"""What the published Python feature blocks gave, as recorded in the shared data."""

from __future__ import annotations

import json

import numpy as np


def every_case(counts):
    """Block and number of each case, for parametrisation; `counts` tells how many a block has."""
    return [(block, number) for block, count in counts.items() for number in range(count)]


def case_id(value):
    return value if isinstance(value, str) else f"{value:03}"


def golden_reader(shared, counts):
    """Function of block and number -> parameters, input, features, labels."""
    files = {block: np.load(shared / "golden" / "ei_blocks" / f"{block}.npz") for block in counts}

    def case(block, number):
        file = files[block]
        assert f"case{counts[block] - 1:03}.params" in file.files, "a case would be left out"
        assert f"case{counts[block]:03}.params" not in file.files, "a case would be left out"
        params, labels = (json.loads(str(file[f"case{number:03}.{part}"])) for part in ("params", "labels"))
        return params, file[f"case{number:03}.input"], file[f"case{number:03}.features"], labels

    return case
