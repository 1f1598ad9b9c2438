"""The reader: what the tflite package says of the shared models, and one clear error for every kind of bad file."""

from __future__ import annotations

import struct
import tracemalloc

import numpy as np
import pytest
import tflite
from numpy.testing import assert_array_equal
from oracles import flat, flat_read

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.graph.graph import DTYPES
from edgetwin.io.tflite_read import BUILTIN_NAMES, MAX_TENSORS, read_tflite
from edgetwin.io.tflite_write import write_tflite

MODELS = [
    "ad01_int8", "audio_pre_int8", "dtln", "gait_f32", "gait_int8", "hello_int8", "kws_f32", "kws_int8", "kwscr8",
    "micro_speech_int8", "person", "resnet8_f32", "resnet8_int8",
]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_reads_what_the_file_says(shared, name):
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    graph = read_tflite(data)
    raw = tflite.Model.GetRootAsModel(data, 0)
    subgraph = raw.Subgraphs(0)
    assert len(graph.tensors) == subgraph.TensorsLength()
    for index, tensor in enumerate(graph.tensors):
        expected = subgraph.Tensors(index)
        assert tensor.name == (expected.Name() or f"tensor_{index}".encode()).decode()
        assert tensor.shape == tuple(expected.Shape(i) for i in range(expected.ShapeLength()))
        assert tensor.is_variable == expected.IsVariable()
        buffer = raw.Buffers(expected.Buffer())
        stored = bytes(buffer.Data(i) for i in range(buffer.DataLength())) if buffer.DataLength() < 5000 else None
        assert (tensor.data is None) == (buffer.DataLength() == 0 and tensor.size > 0)
        if tensor.data is not None:
            assert tensor.data.dtype == DTYPES[tensor.dtype]
            assert tensor.data.flags.aligned
            assert not tensor.data.flags.writeable
            assert stored is None or tensor.data.tobytes() == stored
        quantization = expected.Quantization()
        scales = 0 if quantization is None else quantization.ScaleLength()
        assert (tensor.quantization is None) == (scales == 0)
        if tensor.quantization is not None:
            assert_array_equal(tensor.quantization.scale, quantization.ScaleAsNumpy())
            assert_array_equal(tensor.quantization.zero_point, quantization.ZeroPointAsNumpy())
    assert len(graph.operators) == subgraph.OperatorsLength()
    for index, operator in enumerate(graph.operators):
        expected = subgraph.Operators(index)
        assert operator.inputs == tuple(expected.Inputs(i) for i in range(expected.InputsLength()))
        assert operator.outputs == tuple(expected.Outputs(i) for i in range(expected.OutputsLength()))
        code = raw.OperatorCodes(expected.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        custom = code.CustomCode()
        assert operator.name == (f"custom:{custom.decode()}" if custom else BUILTIN_NAMES[number])


@pytest.mark.parametrize("fields", [{"builtin_code": np.int32(19)}, {"deprecated_builtin_code": np.int8(19)}], ids=str)
def test_operator_code_in_either_field(fields):
    model = flat.base()
    model["operator_codes"] = [flat.table("OperatorCode", **fields)]
    assert read_tflite(flat.serialize(model)).operators[0].name == "relu"


def test_options_of_a_convolution(shared):
    graph = read_tflite((shared / "models/kws_int8.tflite").read_bytes())
    assert dict(graph.operators[0].options) == {
        "padding": "same", "stride_w": 2, "stride_h": 2, "fused_activation_function": "relu",
        "dilation_w_factor": 1, "dilation_h_factor": 1, "quantized_bias_type": 0,
    }  # fmt: skip


def test_quantized_dimension_beyond_the_rank_is_read_as_0(shared):
    data = (shared / "models/person.tflite").read_bytes()
    subgraph = tflite.Model.GetRootAsModel(data, 0).Subgraphs(0)
    graph = read_tflite(data)
    beyond = [
        i for i in range(subgraph.TensorsLength())
        if len(graph.tensors[i].shape) == 1 and subgraph.Tensors(i).Quantization().QuantizedDimension() == 3
    ]  # fmt: skip
    assert len(beyond) == 14
    assert all(graph.tensors[i].quantization.quantized_dimension == 0 for i in beyond)


def test_the_base_of_the_cases_below_is_well_formed():
    graph = read_tflite(flat.serialize(flat.base()))
    assert [operator.name for operator in graph.operators] == ["relu", "relu"]
    assert et.load(flat.serialize(flat.base())).run(np.int8([[-3, -2, 1, 5]])).tolist() == [[0, 0, 1, 5]]


def _change(change):
    model = flat.base()
    change(model, model["subgraphs"][0])
    return flat.serialize(model)


def _set(path, value):
    """Replace one field: ``tensors 1 shape`` of the subgraph, or ``model version``."""

    def change(model, subgraph):
        target, keys = subgraph, path.split()
        if keys[0] == "model":
            target, keys = model, keys[1:]
        for key in keys[:-1]:
            target = target[int(key) if key.isdigit() else key]
        target[int(keys[-1]) if keys[-1].isdigit() else keys[-1]] = value

    return change


def _two_subgraphs(model, subgraph):
    model["subgraphs"] = [subgraph, flat.table("SubGraph", name="while_body")]


def _external_buffer(model, subgraph):
    model["buffers"].append(flat.table("Buffer", offset=np.uint64(2**40), size=np.uint64(2**33)))


def _code(number, **fields):
    return [flat.table("OperatorCode", builtin_code=np.int32(number), **fields)]


def _options(number, **fields):
    def change(model, subgraph):
        model["operator_codes"] = _code(flat.MAX_POOL_2D)
        operator = subgraph["operators"][0]
        operator["builtin_options_type"] = np.uint8(number)
        operator["builtin_options"] = flat.table("Pool2DOptions", **fields)

    return change


def _weights(shape, data):
    def change(model, subgraph):
        model["buffers"].append(flat.table("Buffer", data=data))
        subgraph["tensors"].append(
            flat.table("Tensor", shape=np.int32(shape), type=np.int8(9), buffer=np.uint32(1), name="w")
        )

    return change


def _quantization(**fields):
    return _set("tensors 1 quantization", flat.table("Quantization", **fields))


MODEL_ERRORS = {
    "no subgraph": (_set("model subgraphs", []), "no subgraph"),
    "dangling operator code": (_set("operators 1 opcode_index", np.uint32(7)), "operator 1 names operator code 7"),
    "input of an operator dangles": (_set("operators 1 inputs", np.int32([9])), "operator 1 .relu. names tensor 9"),
    "negative input other than -1": (_set("operators 1 inputs", np.int32([-2])), "operator 1 .relu. names tensor -2"),
    "output of an operator dangles": (_set("operators 0 outputs", np.int32([99])), "operator 0 .relu. names tensor 99"),
    "absent output": (_set("operators 0 outputs", np.int32([-1])), "operator 0 .relu. names tensor -1"),
    "no outputs": (_set("operators 0 outputs", np.int32([])), "operator 0 .relu. has no output"),
    "cycle": (_set("operators 0 inputs", np.int32([2])), "operator 0 .relu. reads tensor 2 .'y'."),
    "reads itself": (_set("operators 0 inputs", np.int32([1])), "operator 0 .relu. reads tensor 1 .'h'."),
    "written twice": (_set("operators 1 outputs", np.int32([1])), "operator 1 .relu. writes to tensor 1 .*operator 0"),
    "writes to an input": (_set("operators 1 outputs", np.int32([0])), "operator 1 .relu. writes to tensor 0 .'x'."),
    "graph input dangles": (_set("inputs", np.int32([3])), "list of inputs names tensor 3"),
    "an input twice": (_set("inputs", np.int32([0, 0])), "tensor 0 .'x'. is an input twice"),
    "graph output dangles": (_set("outputs", np.int32([-1])), "list of outputs names tensor -1"),
    "output that nothing makes": (_set("operators", []), "output 'y' is produced by no operator"),
    "no outputs of the graph": (_set("outputs", np.int32([])), "no outputs"),
    "2**40 elements": (_set("tensors 1 shape", np.int32([2**20, 2**20])), "tensor 1 .'h'. has shape .1048576, 1048576"),
    "buffer that is not there": (_set("tensors 1 buffer", np.uint32(5)), "tensor 1 .'h'. names buffer 5"),
    "too few bytes for the shape": (_weights([3, 3], b"12345678"), "tensor 3 .'w'.: its buffer has 8 bytes.*need 9"),
    "more zero points than scales": (
        _quantization(scale=np.float32([1]), zero_point=np.int64([0, 0])), "tensor 1 .* has 1 scales and 2 zero points",
    ),
    "scales that the axis does not have": (
        _quantization(scale=np.ones(3, np.float32), zero_point=np.zeros(3, np.int64), quantized_dimension=np.int32(1)),
        r"tensor 1 .'h'. has shape \[1, 4\] and 3 scales along axis 1",
    ),
    "options of another operator": (_options(1), "operator 0 .max_pool_2d. has options of type Conv2DOptions"),
    "padding that does not exist": (_options(5, padding=np.int8(7)), "operator 0 .max_pool_2d.: padding is 7"),
    "negative activation": (
        _options(5, fused_activation_function=np.int8(-1)), "fused_activation_function is -1",
    ),
}  # fmt: skip

UNSUPPORTED = {
    "another schema": (_set("model version", np.uint32(2)), "schema version 2"),
    "two subgraphs": (_two_subgraphs, "2 subgraphs .'main', 'while_body'."),
    "unknown builtin": (_set("model operator_codes", _code(9999)), "operator code 0 is 9999"),
    "builtin without a kernel": (_set("model operator_codes", _code(13)), r"operator 0 \(local_response_normal"),
    "custom operator": (
        _set("model operator_codes", _code(32, custom_code="M")), r"operator 0 \(custom:M\), operator 1 \(custom:M\)",
    ),
    "custom operator with an odd name": (
        _set("model operator_codes", _code(32, custom_code="A\nB" + "c" * 1000)), r"\(custom:A\\nBc{77}\), operator 1",
    ),
    "negative size": (_set("tensors 1 shape", np.int32([1, -1])), r"tensor 1 \('h'\) has shape \[1, -1\]"),
    "nine axes": (_set("tensors 1 shape", np.ones(9, np.int32)), "tensor 1 .'h'. has 9 axes"),
    "output without elements": (
        _set("tensors 2 shape", np.int32([0])), r"output 'y' has shape \[0\], which has no elements",
    ),
    "input without elements": (_set("tensors 0 shape", np.int32([1, 0])), r"input 'x' has shape \[1, 0\], which has"),
    "no elements": (_set("tensors 1 shape", np.int32([1, 0])), r"operator 0 \(relu\): tensor 'h' has shape \[1, 0\]"),
    "256 MiB activation": (_set("tensors 1 shape", np.int32([2**15, 2**15])), "tensor 'h' has 1073741824 bytes"),
    "sparse": (_set("tensors 1 sparsity", flat.table("Empty")), "tensor 1 .'h'. is sparse"),
    "blockwise": (
        _quantization(scale=np.float32([1]), zero_point=np.int64([0]), details_type=np.uint8(2)), "blockwise",
    ),
    "data beyond the flatbuffer": (_external_buffer, "buffer 1 lies outside the FlatBuffer .offset 1099511627776"),
    "int4": (_set("tensors 1 type", np.int8(17)), "tensor 1 .'h'. is int4 without a value"),
    "unknown dtype": (_set("tensors 1 type", np.int8(99)), "tensor 1 .'h'. has dtype number 99"),
    "uint8 activations": (_set("tensors 0 type", np.int8(3)), r"operator 0 \(relu\) on uint8 \(accepted: int8, int16"),
} | {
    dtype: (_set("tensors 1 type", np.int8(flat.TYPES[dtype])), f"tensor 1 .'h'. has dtype {dtype}")
    for dtype in ("string", "complex64", "resource", "variant", "bfloat16")
}  # fmt: skip


@pytest.mark.parametrize("case", MODEL_ERRORS)
def test_malformed(case):
    change, message = MODEL_ERRORS[case]
    with pytest.raises(et.ModelError, match=message) as caught:
        et.load(_change(change))
    assert not isinstance(caught.value, et.UnsupportedError)


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_unsupported(case):
    change, message = UNSUPPORTED[case]
    with pytest.raises(et.UnsupportedError, match=message):
        et.load(_change(change))


@pytest.mark.parametrize("data", [b"", b"TFL3", b"\x00" * 7, b"\x00" * 64, b"PK\x03\x04" * 20], ids=repr)
def test_other_files(data):
    with pytest.raises(et.ModelError, match=r"\.tflite model"):
        et.load(data)


def test_every_truncation():
    data = flat.serialize(flat.base())
    for length in range(len(data)):
        with pytest.raises(et.ModelError):
            et.load(data[:length])


def test_every_word_overwritten():
    data = flat.serialize(flat.base())
    for position in range(0, len(data) - 3, 4):
        for word in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF):
            changed = data[:position] + struct.pack("<I", word) + data[position + 4 :]
            try:
                et.load(changed)
            except et.EdgetwinError:
                continue


def test_absurd_sizes_allocate_nothing():
    cases = [
        _change(_set("tensors 1 shape", np.int32(shape))) for shape in ([2**20, 2**20], [2**31 - 1, 1], [2**15] * 2)
    ]
    tracemalloc.start()
    for data in cases:
        with pytest.raises(et.ModelError):
            et.load(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22


def test_length_of_a_vector_beyond_the_file():
    data = bytearray(flat.serialize(flat.base()))
    start = data.index(b"\x04\x00\x00\x00main")
    data[start : start + 4] = struct.pack("<I", 0xFFFFFFF0)
    with pytest.raises(et.ModelError, match=r"subgraphs\[0\]\.name at byte \d+ has 4294967280 elements"):
        et.load(bytes(data))


def test_parts_that_many_offsets_share_are_refused_at_once():
    """A megabyte of offsets to one tensor of a megabyte: reading each would take a terabyte."""
    model = flat.base()
    tensor = flat.table("Tensor", shape=np.int32([1]), name="n" * 100_000)
    model["subgraphs"][0]["tensors"] += [tensor] * 50_000
    with pytest.raises(et.ModelError, match="overlaps other parts of the file"):
        et.load(flat.serialize(model))


def test_more_tensors_than_a_plan_takes():
    model = flat.base()
    model["subgraphs"][0]["tensors"] += [flat.table("Tensor") for _ in range(MAX_TENSORS)]
    with pytest.raises(et.UnsupportedError, match=f"accepted are at most {MAX_TENSORS}"):
        et.load(flat.serialize(model))


def test_constants_that_all_operators_read_again_and_again():
    """Kernels pack weights once an operator: a small file must not ask for gigabytes."""
    model = flat.base()
    subgraph = model["subgraphs"][0]
    quantization = flat.table("Quantization", scale=np.float32([0.5]), zero_point=np.int64([0]))
    model["operator_codes"] = _code(9)
    model["buffers"].append(flat.table("Buffer", data=bytes(2**20)))
    subgraph["tensors"] = [
        flat.table(
            "Tensor", shape=np.int32(shape), type=np.int8(9), buffer=np.uint32(shape[0] > 1), name=str(number),
            quantization=quantization,
        )
        for number, shape in enumerate([(1024, 1024)] + [(1, 1024)] * 301)
    ]  # fmt: skip
    subgraph["operators"] = [
        flat.table("Operator", inputs=np.int32([i, 0]), outputs=np.int32([i + 1])) for i in range(1, 301)
    ]
    subgraph["inputs"], subgraph["outputs"] = np.int32([1]), np.int32([301])
    with pytest.raises(et.UnsupportedError, match="the operators read 314572800 bytes of constants"):
        et.load(flat.serialize(model))


def test_names_that_are_no_utf8_missing_or_double():
    model = flat.base()
    tensors = model["subgraphs"][0]["tensors"]
    tensors[0]["name"] = b"\xff\xfe"
    del tensors[1].fields["name"]
    tensors[2]["name"] = "\\xff\\xfe"
    graph = read_tflite(flat.serialize(model))
    assert [tensor.name for tensor in graph.tensors] == ["\\xff\\xfe", "tensor_1", "\\xff\\xfe"]
    assert et.load(flat.serialize(model)).run(np.int8([[1, 2, 3, 4]])).tolist() == [[1, 2, 3, 4]]


def test_scales_without_zero_points_are_no_quantization():
    """As in TensorFlow Lite, which reads neither then."""
    model = flat.base()
    del model["subgraphs"][0]["tensors"][1]["quantization"].fields["zero_point"]
    data = flat.serialize(model)
    assert read_tflite(data).tensors[1].quantization is None
    with pytest.raises(et.ModelError, match=r"tensor 'h' \(int8\) has no quantization parameters"):
        et.load(data)


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf])
def test_scales_that_are_no_scales(scale):
    model = flat.base()
    model["subgraphs"][0]["tensors"][1]["quantization"]["scale"] = np.float32([scale])
    with pytest.raises(et.ModelError, match="tensor 'h' has a scale that is not positive and finite"):
        et.load(flat.serialize(model))


def test_dead_tensors_and_a_constant_without_elements():
    model = flat.base()
    model["subgraphs"][0]["tensors"] += [flat.table("Tensor", name="dead"), flat.table("Tensor", shape=np.int32([0]))]
    graph = read_tflite(flat.serialize(model))
    assert graph.tensors[3].data is None
    assert graph.tensors[4].data.shape == (0,)
    assert et.load(flat.serialize(model)).run(np.int8([[1, 2, 3, 4]])).tolist() == [[1, 2, 3, 4]]


def test_one_tensor_as_two_outputs():
    model = flat.base()
    model["subgraphs"][0]["outputs"] = np.int32([2, 2, 1])
    results = et.load(flat.serialize(model)).run(np.int8([[-1, 2, 3, 4]]))
    for result in results:
        assert result.tolist() == [[0, 2, 3, 4]]


@pytest.mark.parametrize(("values", "fine"), [([0, 1, 1, 0], True), ([0, 2, 1, 0], False), ([255] * 4, False)])
def test_truth_values_are_0_and_1(values, fine):
    model = flat.base()
    model["buffers"].append(flat.table("Buffer", data=np.uint8(values)))
    tensors = model["subgraphs"][0]["tensors"]
    tensors.append(flat.table("Tensor", shape=np.int32([4]), type=np.int8(6), buffer=np.uint32(1), name="b"))
    data = flat.serialize(model)
    if fine:
        assert read_tflite(data).tensors[3].data.tolist() == [False, True, True, False]
    else:
        with pytest.raises(et.ModelError, match=r"tensor 3 .'b'. has truth values other than 0 and 1"):
            read_tflite(data)


def test_options_that_may_not_be_absent():
    """TFLite Micro mirrors otherwise than the schema's default where there are none."""
    graph = GENERATORS["mirror_pad"](np.random.default_rng(1))
    model = flat_read.parse(write_tflite(graph))
    assert read_tflite(flat.serialize(model)).operators == read_tflite(write_tflite(graph)).operators
    model["subgraphs"][0]["operators"][0].fields.pop("builtin_options")
    with pytest.raises(et.ModelError, match=r"operator 0 \(mirror_pad\) has no options, accepted are MirrorPadOptions"):
        read_tflite(flat.serialize(model))
