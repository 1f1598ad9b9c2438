"""One recording in one file: every format, and what is refused."""

from __future__ import annotations

import io
import struct
import sys
import wave

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from edgetwin.data import Recording, Sensor, read_recording, write_recording
from edgetwin.errors import DataError, MissingExtraError, OutputError

SENSORS = (Sensor("accX", "m/s2"), Sensor("accY", "m/s2"), Sensor("temp"))
VALUES = np.array([[0.1, -9.8, 20], [1e-30, 3e38, -0.0], [1, 2, 3]], np.float32)
RECORDING = Recording(VALUES, 62.5, SENSORS, name="a.1.json")
WRITTEN = ("json", "cbor", "csv", "npz")


@pytest.fixture
def write(tmp_path):
    def run(name: str, content: bytes):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return run


def wav(samples=(0, -1, 32767, -32768), channels=1, width=2, rate=16_000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(np.array(samples, f"<i{width}" if width > 1 else "u1").tobytes())
    return file.getvalue()


def npz(**changes) -> bytes:
    parts = {"values": VALUES, "rate_hz": np.float64(50), "sensors": np.array(["a", "b", "c"])} | changes
    file = io.BytesIO()
    np.savez(file, **{name: array for name, array in parts.items() if array is not None})
    return file.getvalue()


def picture(kind="PNG", mode="RGB", size=(4, 2), **options) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", WRITTEN)
def test_written_is_read(tmp_path, kind):
    path = tmp_path / f"a.1.{kind}"
    assert write_recording(RECORDING, path) == path
    read = read_recording(path)
    assert read.values.tobytes() == VALUES.tobytes()
    assert (read.rate_hz, read.sensors, read.name, read.label) == (62.5, SENSORS, f"a.1.{kind}", None)


@pytest.mark.parametrize("kind", WRITTEN)
def test_equal_recordings_give_equal_files(tmp_path, kind):
    contents = [write_recording(RECORDING, tmp_path / f"{name}.{kind}").read_bytes() for name in "ab"]
    assert contents[0] == contents[1]


@pytest.mark.parametrize("kind", ["json", "cbor"])
def test_signed_files(tmp_path, kind):
    path = write_recording(RECORDING, tmp_path / f"a.{kind}", key="secret")
    assert read_recording(path, key="secret") == read_recording(path)
    with pytest.raises(DataError, match=f"a.{kind}: wrong signature"):
        read_recording(path, key="other")


@pytest.mark.parametrize(
    ("name", "key", "says"),
    [
        ("a.wav", None, r"'\.wav', written are \.json, \.cbor, \.csv and \.npz"),
        ("a", None, "written are"),
        ("a.csv", "secret", "a key signs .json and .cbor, not .csv"),
    ],
)
def test_what_is_not_written(tmp_path, name, key, says):
    with pytest.raises(DataError, match=says):
        write_recording(RECORDING, tmp_path / name, key=key)
    assert not list(tmp_path.iterdir())


def test_an_output_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="No such file"):
        write_recording(RECORDING, tmp_path / "none" / "a.json")


@pytest.mark.parametrize("kind", WRITTEN)
def test_pictures_are_not_written(tmp_path, kind):
    with pytest.raises(DataError, match=r"picture|in time"):
        write_recording(Recording.from_values(np.zeros((4, 3)), 0, SENSORS), tmp_path / f"a.{kind}")
    assert not list(tmp_path.iterdir())


def test_wav(write):
    read = read_recording(write("yes.1.wav", wav()))
    assert_array_equal(read.values[:, 0], [0, -1, 32767, -32768])
    assert (read.rate_hz, read.sensors, read.name) == (16_000, (Sensor("audio", "wav"),), "yes.1.wav")


def test_pictures(write):
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    read = read_recording(write("a.png", file.getvalue()))
    assert_array_equal(read.pixels, pixels)
    assert (read.rate_hz, read.metadata["width"]) == (0, "4")
    grey = read_recording(write("a.bmp", picture("BMP", "L")))
    assert grey.pixels.shape == (2, 4, 3)


def test_npz_without_rate_and_units(write):
    read = read_recording(write("a.npz", npz(rate_hz=None)), rate_hz=10)
    assert read.rate_hz == 10
    assert read.sensors == (Sensor("a"), Sensor("b"), Sensor("c"))


def test_chosen_sensors(tmp_path):
    path = write_recording(RECORDING, tmp_path / "a.npz")
    read = read_recording(path, sensors=["temp", Sensor("accX", "m/s2")])
    assert_array_equal(read.values, VALUES[:, [2, 0]])
    assert read.sensors == (SENSORS[2], SENSORS[0])
    with pytest.raises(DataError, match=r"a\.npz: no sensor 'accZ' in it, it has accX, accY, temp"):
        read_recording(path, sensors=["accX", "accZ"])
    with pytest.raises(DataError, match="sensor 'accX' is in 'm/s2', accepted is 'g'"):
        read_recording(path, sensors=[Sensor("accX", "g")])


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_rate_that_differs_from_the_given(tmp_path, kind):
    path = write_recording(RECORDING, tmp_path / f"a.{kind}")
    assert read_recording(path, rate_hz=60, rate_tolerance=0.05).rate_hz == 62.5
    with pytest.raises(DataError, match=r"62\.5 Hz, accepted are the given 60 Hz"):
        read_recording(path, rate_hz=60)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", r"'\.txt', accepted are \.json, \.cbor, \.csv"),
        ("a", b"", "accepted are"),
        ("a.json", b"", "it is empty"),
        ("a.cbor", b"", "it is empty"),
        ("a.csv", b"", "it is empty"),
        ("a.wav", b"", "it is empty"),
        ("a.png", b"", "it is empty"),
        ("a.npz", b"", "not a zip file"),
        ("a.json", b"{}", "no protected in it"),
        ("a.wav", b"RIFF", "no WAV file of 16-bit PCM"),
        ("a.wav", wav()[:-2], "it claims 4 samples and holds 3: it was cut off"),
        ("a.wav", wav(channels=2), "it has 2 channels of 16 bits, accepted is one of 16 bits"),
        ("a.wav", wav(samples=(1, 2), width=1), "it has 1 channels of 8 bits"),
        ("a.wav", wav(samples=()), "at least one sample"),
        ("a.wav", wav()[:20] + struct.pack("<H", 3) + wav()[22:], "no WAV file of 16-bit PCM"),
        ("a.png", b"hello", "no readable picture"),
        ("a.png", picture()[:45], "no readable picture"),
        ("a.jpg", picture("JPEG", size=(64, 64))[:-40], "no readable picture"),
        ("a.png", picture(mode="RGBA"), "a picture of mode RGBA, accepted are RGB, L"),
        ("a.png", picture(save_all=True, append_images=[Image.new("RGB", (4, 2), "red")]), "it has 2 frames"),
        ("a.png", picture(size=(20_000, 20_000), mode="1"), "no readable picture: .*exceeds limit"),
        ("a.npz", npz(values=None), "it holds rate_hz, sensors; accepted are values, sensors"),
        ("a.npz", npz(label=np.array("a")), "it holds label, rate_hz, sensors, values; accepted"),
        ("a.npz", npz(rate_hz=None), "no rate_hz in it"),
        ("a.npz", npz(rate_hz=np.array([1.0, 2.0])), r"rate_hz: float64 \(2,\), accepted is one number"),
        ("a.npz", npz(rate_hz=np.array("50")), "rate_hz: <U2"),
        ("a.npz", npz(rate_hz=np.float64(-1)), "rate_hz: -1"),
        ("a.npz", npz(sensors=np.array([1, 2, 3])), "accepted are texts, one a sensor"),
        ("a.npz", npz(sensors=np.array(["a", "b"])), "3 axes for 2 sensors"),
        ("a.npz", npz(units=np.array(["a", "b"])), "accepted are texts, one a sensor"),
        ("a.npz", npz(values=VALUES.astype(str)), "values: dtype <U"),
        ("a.npz", npz(values=VALUES * np.nan), "sample 0 of 'a' is nan"),
    ],
    ids=lambda value: value[:34] if isinstance(value, str) else "",
)
def test_refuses(write, name, content, says):
    path = write(name, content)
    with pytest.raises(DataError, match=says) as caught:
        read_recording(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "package"), [("a.cbor", b"\xa0", "cbor2"), ("a.png", picture(), "PIL")], ids=["cbor", "picture"]
)
def test_what_an_extra_brings(write, monkeypatch, name, content, package):
    path = write(name, content)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r'pip install "edgetwin\[data\]"'):
        read_recording(path)


@pytest.mark.parametrize("path", [None, 3, b"a.json"], ids=repr)
def test_what_is_no_path(path):
    with pytest.raises(DataError, match="comes from a path, not from"):
        read_recording(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*none\.json: No such file"):
        read_recording(tmp_path / "none.json")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match="directory"):
        read_recording(tmp_path / "folder.csv")


def contents(tmp_path) -> dict[str, bytes]:
    """Return a good file of every kind."""
    good = {kind: write_recording(RECORDING, tmp_path / f"good.{kind}").read_bytes() for kind in WRITTEN}
    return good | {"wav": wav(), "png": picture(), "jpg": picture("JPEG"), "bmp": picture("BMP")}


@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional header parsing")
@pytest.mark.parametrize("kind", ["json", "cbor", "csv", "npz", "wav", "png", "jpg", "bmp"])
def test_changed_bytes_are_another_recording_or_a_data_error(tmp_path, kind):
    content = contents(tmp_path)[kind]
    path = tmp_path / f"changed.{kind}"
    rng = np.random.default_rng(8)
    refused = 0
    for _ in range(200):
        changed = bytearray(content)
        # Half of the changes in the first bytes, where headers are.
        end = len(changed) if rng.random() < 0.5 else min(100, len(changed))
        for _ in range(int(rng.integers(1, 4))):
            changed[int(rng.integers(end))] = int(rng.integers(256))
        if rng.random() < 0.2:
            del changed[int(rng.integers(len(changed))) :]
        path.write_bytes(changed)
        try:
            assert isinstance(read_recording(path), Recording)
        except DataError as error:
            refused += 1
            assert "\n" not in str(error)  # noqa: PT017
    assert refused > 20
