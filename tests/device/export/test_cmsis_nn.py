"""Exports that call CMSIS-NN: what is called, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from oracles.small_models import one_by_n_model

import edgetwin as et
from edgetwin.device.export.cmsis_code import CALLS, called_functions, cmsis_steps
from edgetwin.device.export.model_code import Source
from edgetwin.device.export.model_files import core_headers, model_files
from edgetwin.graph.device_plan import plan_device


def written(model):
    """The text of the calls, without a checkout."""
    steps = model.steps
    theirs = cmsis_steps(model.graph, steps, refuse=False)
    plan = plan_device(model.graph, steps, {}, theirs)
    live = tuple(range(len(model.graph.operators)))
    source = Source("net", model.graph, live, plan, model.hash, True, theirs)
    return model_files(source), core_headers(source)


@pytest.fixture
def checkout(tmp_path):
    """A tree of CMSIS-NN's form, with files that are needed and some that are not."""
    root = tmp_path / "checkout"
    for path, text in {
        "Include/arm_nnfunctions.h": '#include "arm_nn_types.h"\nint arm_softmax_s8(const int8_t *input);\n',
        "Include/arm_nn_types.h": '#include "Internal/elsewhere.h"\n',
        "Include/arm_nnfunctions_flt.h": "",
        "Source/A/arm_softmax_s8.c": '#include "arm_nnfunctions.h"\n#include "own.h"\n'
        "static void arm_static(void)\n{\n}\nvoid arm_softmax_s8(const int8_t *input,\n   int8_t *output)\n"
        "{\n    arm_helper_s8(input);\n}\n",
        "Source/A/own.h": "",
        "Source/B/helpers.c": "int32_t arm_helper_s8(const int8_t *input)\n{\n    return 0;\n}\n",
        "Source/B/other.c": "int32_t arm_other_s8(const int8_t *input);\nint arm_other_s8(int a)\n{\n}\n",
        "Source/B/arm_softmax_f32.c": "void arm_softmax_s8(float *a)\n{\n}\n",
        "LICENSE": "of theirs",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_files_that_a_model_needs(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr("edgetwin.device.export.called_functions", lambda steps: {"arm_softmax_s8"})
    model = et.load(one_by_n_model(60, 4, 2))
    folder = model.export(tmp_path / "net", kernels="cmsis-nn", cmsis_nn=checkout)
    files = {path.relative_to(folder / "cmsis_nn").as_posix() for path in (folder / "cmsis_nn").rglob("*.*")}
    assert files == {
        "Include/arm_nnfunctions.h", "Include/arm_nn_types.h", "Source/A/arm_softmax_s8.c", "Source/A/own.h",
        "Source/B/helpers.c",
    }  # fmt: skip
    assert (folder / "cmsis_nn/LICENSE").read_text() == "of theirs"
    assert "cmsis_nn/Source/*.c" in (folder / "CMakeLists.txt").read_text()
    assert "-Icmsis_nn/Include" in (folder / "Makefile").read_text()
    assert "cmsis_nn/LICENSE" in (folder / "README.md").read_text()


def test_function_that_a_checkout_lacks(checkout, tmp_path):
    with pytest.raises(et.DataError, match=r"has no arm_convolve_wrapper_s8, arm_convolve_wrapper_s8_get_buffer_size"):
        et.load(one_by_n_model(60, 4, 2)).export(tmp_path / "net", kernels="cmsis-nn", cmsis_nn=checkout)
    assert not (tmp_path / "net").exists()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"kernels": "cmsis-nn"}, et.DataError, "need cmsis_nn: the path of a checkout"),
        ({"kernels": "fast", "cmsis_nn": "."}, et.DataError, "cmsis_nn is for kernels 'cmsis-nn', not 'fast'"),
        ({"kernels": "cmsis-nn", "cmsis_nn": "absent"}, et.DataError, "'absent' is no checkout of CMSIS-NN"),
        ({"kernels": "cmsis-nn", "cmsis_nn": ".", "target": "wasm"}, et.UnsupportedError, "accepted is target 'cpp'"),
    ],
    ids=["no-path", "other-kernels", "no-checkout", "other-target"],
)
def test_refusals(tmp_path, options, error, said):
    with pytest.raises(error, match=said):
        et.load(one_by_n_model(60, 4, 2)).export(tmp_path / "net", **options)


def test_single_rounding_is_refused():
    model = et.load(one_by_n_model(60, 4, 2), arithmetic="single_rounding")
    with pytest.raises(et.UnsupportedError, match=r"operator 0 \(conv_2d\): kernels 'cmsis-nn' round twice"):
        cmsis_steps(model.graph, model.steps, refuse=False)


@pytest.mark.parametrize(("width", "kernel", "stride"), [(61, 4, 2), (60, 5, 2)])
def test_layer_that_the_m55_computes_wrongly(width, kernel, stride):
    model = et.load(one_by_n_model(width, kernel, stride))
    with pytest.warns(UserWarning, match=r"operator 0 \(conv_2d, 1x., stride 2, .*Cortex-M55.*the device core's own"):
        files, _ = written(model)
    assert "edgetwin::conv_2d_folded(" in files["model/net.cpp"]
    assert "cmsis_nn" not in files["model/net.cpp"]
    with pytest.raises(et.UnsupportedError, match=r"operator 0 .*arm_convolve_1_x_n_s8 gives wrong rightmost outputs"):
        cmsis_steps(model.graph, model.steps, refuse=True)


def test_calls_have_the_steps_parameters():
    model = et.load(one_by_n_model(60, 4, 2))
    files, headers = written(model)
    text = files["model/net.cpp"]
    for name, value in model.steps[0].params.items():
        if name != "rounding":
            assert f"/*{name}=*/{int(value)}" in text
    assert '#include "cmsis_nn_calls.hpp"' in text
    assert "edgetwin::cmsis_nn::conv_2d_scratch_bytes(kConv2d0)" in text
    call = text[text.index("edgetwin::cmsis_nn::conv_2d(") :].split(";")[0]
    assert "".join(call.split()) == (
        "edgetwin::cmsis_nn::conv_2d(kConv2d0,input,kConv2d0Weights,kConv2d0Bias,kConv2d0Multiplier,kConv2d0Shift,"
        "output,&scratch,sizeof(scratch.conv_2d_0))"
    )
    includes = re.findall('#include "edgetwin/(.*)"', files["model/cmsis_nn_calls.hpp"])
    assert len(includes) == 6
    assert set(includes) <= headers


def changed(step, params=(), constants=()):
    return replace(step, params=dict(step.params) | dict(params), constants=dict(step.constants) | dict(constants))


@pytest.mark.parametrize(
    ("params", "constants", "covered"),
    [
        ({}, {}, True),
        ({"groups": 2}, {}, True),
        ({}, {"bias": None}, True),
        ({"groups": 2}, {"bias": None}, False),
        ({"input_w": 70000}, {}, False),
    ],
    ids=["plain", "groups", "no-bias", "groups-no-bias", "beyond-16-bits"],
)
def test_what_is_left_to_the_core(params, constants, covered):
    model = et.load(one_by_n_model(60, 4, 1))
    steps = [changed(model.steps[0], params, constants)]
    assert cmsis_steps(model.graph, steps, refuse=True) == ({0} if covered else set())


def test_every_call_is_in_the_header():
    header = (Path(et.__file__).parent / "device/export/templates/cmsis_nn_calls.hpp.in").read_text()
    for kernel, name in CALLS.items():
        assert f"inline void {name}(const " in header
        step = type("Step", (), {"kernel": kernel})
        assert all(f"{function}(" in header for function in called_functions([step]))
