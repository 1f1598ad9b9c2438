"""Models inside archives, sources and firmware images: the same bytes come out, and damaged files say so."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.io.tflite_write import write_tflite

MODEL = et.data.demo_model()
OTHER = write_tflite(GENERATORS["max_pool_2d"](np.random.default_rng(3)))


def c_array(data, name="g_model"):
    rows = [", ".join(f"0x{byte:02x}" for byte in data[i : i + 12]) for i in range(0, len(data), 12)]
    return (
        f"// a model\n#include <cstdint>\nextern const int {name}_len = {len(data)};\n"
        f"alignas(16) const unsigned char {name}[] /* in flash */ __attribute__((aligned(16))) = {{\n"
        + ",\n".join(rows)
        + "};\nconst int table[3] = {1, 2, 3};\n"
    ).encode()


def archive(members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return made.getvalue()


def image(*models):
    rng = np.random.default_rng(0)
    parts = [b"\x7fELF" + rng.bytes(300) + b"TFL3" + rng.bytes(33)]
    for model in models:
        parts += [model, rng.bytes(71)]
    return b"".join(parts)


def uf2(data, base=0x10000000):
    blocks = [data[i : i + 256] for i in range(0, len(data), 256)]
    made = []
    for number, block in enumerate(blocks):
        head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0, base + 256 * number, 256, number, len(blocks), 0)
        made.append(head + block.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30))
    return b"".join(made)


def intel_hex(data, base=0x0800):
    def record(address, kind, value):
        body = bytes([len(value)]) + address.to_bytes(2, "big") + bytes([kind]) + value
        return ":" + (body + bytes([-sum(body) & 255])).hex().upper()

    lines = [record(0, 4, base.to_bytes(2, "big"))]
    for at in range(0, len(data), 16):
        if at and at % 0x10000 == 0:
            lines.append(record(0, 4, (base + at // 0x10000).to_bytes(2, "big")))
        lines.append(record(at % 0x10000, 0, data[at : at + 16]))
    return ("\n".join([*lines, record(0, 1, b"")]) + "\n").encode()


FILES = {
    "model.tflite": (MODEL, ["model.tflite"]),
    "model.h": (c_array(MODEL), ["model.h:g_model"]),
    "two.cpp": (c_array(MODEL, "first") + c_array(OTHER, "second"), ["two.cpp:first", "two.cpp:second"]),
    "firmware.elf": (image(MODEL, OTHER), ["firmware.elf@0x155", f"firmware.elf@{0x155 + len(MODEL) + 71:#x}"]),
    "model_first.bin": (MODEL + image(), ["model_first.bin@0x0"]),
    "firmware.uf2": (uf2(image(MODEL)), ["firmware.uf2@0x10000155"]),
    "firmware.hex": (intel_hex(image(MODEL)), ["firmware.hex@0x8000155"]),
    "library.zip": (
        archive({
            "library.properties": "name=stride",
            "src/tflite-model/trained_model.tflite": MODEL,
            "examples/model.h": c_array(OTHER),
            "more/inner.zip": archive({"firmware.bin": image(OTHER)}),
        }),
        ["src/tflite-model/trained_model.tflite", "examples/model.h:g_model", "firmware.bin@0x155"],
    ),
    "nothing.bin": (image(), []),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_models_come_out_as_they_are(tmp_path, name):
    data, names = FILES[name]
    (tmp_path / name).write_bytes(data)
    found = et.find_models(tmp_path / name)
    assert [model.name for model in found] == names
    for model in found:
        original = MODEL if model.size == len(MODEL) else OTHER
        assert model.data == original
        assert (model.hash, model.unsupported) == (et.load(original).hash, "")
        assert model.load("single_rounding").hash == model.hash


def test_by_name(tmp_path):
    (tmp_path / "library.zip").write_bytes(FILES["library.zip"][0])
    (found,) = et.find_models(tmp_path / "library.zip", "trained_model.tflite")
    assert found.data == MODEL
    with pytest.raises(et.DataError, match=r"no model named 'x', it holds src/.*, examples/model.h:g_model, firmware"):
        et.find_models(tmp_path / "library.zip", "x")


def test_shared_models_in_one_image(shared, tmp_path):
    """Sizes come from the models' tables; one file ends with bytes that nothing refers to."""
    files = sorted((shared / "models").glob("*.tflite"))
    models = {path.stem: path.read_bytes() for path in files}
    (tmp_path / "all.bin").write_bytes(image(*models.values()))
    found = et.find_models(tmp_path / "all.bin")
    for model, (name, data) in zip(found, models.items(), strict=True):
        assert data.startswith(model.data)
        assert len(data) - model.size == (4 if name == "audio_pre_int8" else 0)
        assert bool(model.unsupported) == (name == "kws_f32")


def nested(depth):
    data = {"model.tflite": MODEL}
    for _ in range(depth):
        data = {"inner.zip": archive(data)}
    return archive(data)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("cut.zip", FILES["library.zip"][0][:-200] + FILES["library.zip"][0][-22:], "the archive cannot be read"),
        ("deep.zip", nested(3), "archives within archives, accepted are 3"),
        ("cut.uf2", uf2(image(MODEL))[:1024] + bytes(2000), "block 2 is no UF2 block"),
        ("wrong.hex", intel_hex(MODEL).replace(b"TFL3".hex().upper().encode(), b"54464C34"), "line 2 is no Intel HEX"),
        ("missing.zip", None, "cannot read the model"),
    ],
    ids=["archive", "nested", "uf2", "hex", "missing"],
)
def test_damaged_files(tmp_path, name, data, says):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(et.DataError, match=says):
        et.find_models(tmp_path / name)
