"""With numpy and tflite alone, edgetwin imports at once and runs a model; what the other packages do is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

ALLOWED = ("edgetwin", "numpy", "tflite", "flatbuffers")
#: Makes every package but those and the standard library look as if it were not installed.
ONLY_ALLOWED = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in (*{ALLOWED}, *sys.stdlib_module_names):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
already = set(sys.modules)
"""
#: Prints the packages that were imported since, the standard library left out (and Cython's own, which no file holds).
IMPORTED = """
new = {name for name in set(sys.modules) - already if getattr(sys.modules[name], "__spec__", None)}
print(*sorted({name.partition(".")[0] for name in new} - set(sys.stdlib_module_names)))
"""
LOAD = """
from importlib.resources import files
import numpy as np
import edgetwin as et
model = et.load((files("edgetwin") / "models" / "demo_stride_int8.tflite").read_bytes())
spec = model.inputs[0]
rng = np.random.default_rng(1)
codes = rng.integers(-128, 128, (3, *spec.shape), dtype=np.int8)
"""
USES = {
    "run": "assert model.run(codes).dtype == np.int8 and len(model.run(codes)) == 3",
    "predict": "assert model.predict(rng.normal(size=codes.shape)).dtype == np.float32",
    "trace": "assert len(model.trace(codes[:1])) > 1",
    "profile": "assert model.profile().macs > 0",
    "tables": "assert str(model) and model._repr_html_()",
    "kernels": "assert et.kernels.relu6(codes, activation_min=0, activation_max=5).max() == 5",
    "nn": "net = et.nn.Sequential([et.nn.Dense(2)]); net.fit(np.eye(8)[:, :3], np.eye(8)[:, :2], epochs=1)\n"
    "assert et.nn.QuantizationAware(net, np.eye(3)).to_model().predict(np.ones(3)).shape == (2,)",
    "metrics": "assert et.metrics.agreement(np.arange(9.0) + 1, np.arange(9.0))",
}


def child(*parts: str) -> str:
    """Run parts of a program in a fresh interpreter and return what it printed."""
    done = subprocess.run([sys.executable, "-c", "\n".join(parts)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_hook_hides_packages():
    child(ONLY_ALLOWED, "import importlib.util", "assert importlib.util.find_spec('numpy')")
    with pytest.raises(AssertionError, match="No module named 'pytest'"):
        child(ONLY_ALLOWED, "import pytest")


def test_import_brings_nothing_else():
    """Where everything is installed too."""
    assert child("import sys", "already = set(sys.modules)", "import edgetwin", IMPORTED).split() == ["edgetwin"]


def test_loading_and_running_bring_nothing_else():
    imported = child("import sys", "already = set(sys.modules)", LOAD, "model.predict(codes)", IMPORTED).split()
    assert set(imported) <= set(ALLOWED)


@pytest.mark.parametrize("use", USES)
def test_works_with_numpy_and_tflite_alone(use):
    child(ONLY_ALLOWED, LOAD, USES[use])


def test_pictures_say_what_they_need():
    picture = """
from edgetwin.metrics import agreement
from edgetwin.report.plots import regression
values = np.arange(9.0)
try:
    regression(values, values, agreement(values + 1, values), quantity="length", unit="cm")
except et.MissingExtraError as error:
    assert "pip install" in str(error) and isinstance(error, ImportError)
else:
    raise SystemExit("drawn without matplotlib")
"""
    child(ONLY_ALLOWED, LOAD, picture)


def test_import_takes_less_than_150_ms():
    timed = "import time; began = time.perf_counter(); import edgetwin; print(time.perf_counter() - began)"
    seconds = [float(child(timed)) for _ in range(5)]
    assert min(seconds) < 0.15
