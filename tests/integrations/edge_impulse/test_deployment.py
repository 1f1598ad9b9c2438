"""Deployments opened: the headers as Edge Impulse's Studio writes them, what cannot be opened named."""

from __future__ import annotations

import io
import json
import re
import zipfile

import numpy as np
import pytest

import edgetwin as et
from edgetwin.errors import DataError, UnsupportedError
from edgetwin.integrations.edge_impulse.deployment import is_deployment
from edgetwin.nn import Dense, Sequential, Softmax

METADATA = """
#define EI_CLASSIFIER_PROJECT_ID                 928825
#define EI_CLASSIFIER_PROJECT_OWNER              "someone"
#define EI_CLASSIFIER_PROJECT_NAME               "Gestures \\"one\\""
#define EI_CLASSIFIER_NN_INPUT_FRAME_SIZE        18
#define EI_CLASSIFIER_RAW_SAMPLE_COUNT           125
#define EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME      3
#define EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE       (EI_CLASSIFIER_RAW_SAMPLE_COUNT * EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME)
#define EI_CLASSIFIER_INPUT_WIDTH                0
#define EI_CLASSIFIER_INPUT_HEIGHT               0
#define EI_CLASSIFIER_INTERVAL_MS                16
#define EI_CLASSIFIER_FREQUENCY                  62.5
#define EI_CLASSIFIER_LABEL_COUNT                4
#define EI_CLASSIFIER_FUSION_AXES_STRING         "accX + accY + accZ"
"""
#: The members and comments are those of Studio; version 4 of the block, with and without the two of named axes.
SPECTRAL = """
const char* ei_classifier_inferencing_categories_928825_8[] = { "idle", "snake", "up, down", "wave" };

EI_CLASSIFIER_DSP_AXES_INDEX_TYPE ei_dsp_config_928825_34_axes[] = { 0, 1, 2 };
const uint32_t ei_dsp_config_928825_34_axes_size = 3;
ei_dsp_config_spectral_analysis_t ei_dsp_config_928825_34 = {
    34, // uint32_t blockId
    4, // int implementationVersion
    3, // int length of axes
    NULL, // named axes
    0, // size of the named axes array
    1.0f, // float scale-axes
    1, // int input-decimation-ratio
    (char*)"low", // select filter-type
    3.0f, // float filter-cutoff
    6, // int filter-order
    "FFT", // select analysis-type
    16, // int fft-length
    3, // int spectral-peaks-count
    0.1f, // float spectral-peaks-threshold
    "0.1, 0.5, 1.0, 2.0, 5.0", // string spectral-power-edges
    true, // boolean do-log
    true, // boolean do-fft-overlap
    1, // int wavelet-level
    "db4", // select wavelet
    false // boolean extra-low-freq
};
const ei_learning_block_t ei_learning_blocks[1] = { { 10, &run_nn_inference, EI_CLASSIFIER_IMAGE_SCALING_NONE } };
"""
MFE = """
const char* ei_classifier_inferencing_categories[] = { "start", "unknown" };
EI_CLASSIFIER_DSP_AXES_INDEX_TYPE ei_dsp_config_3_axes[] = { 0 };
ei_dsp_config_mfe_t ei_dsp_config_3 = {
    3, // uint32_t blockId
    4, // int implementationVersion
    1, // int length of axes
    0.016f, // float frame_length
    0.01f, // float frame_stride
    40, // int num_filters
    256, // int fft_length
    0, // int low_frequency
    0, // int high_frequency
    101, // int win_size
    -52 // int noise_floor_db
};
"""
IMAGE = """
const char* ei_classifier_inferencing_categories[] = { "person", "unknown" };
uint8_t ei_dsp_config_3_axes[] = { 0 };
ei_dsp_config_image_t ei_dsp_config_3 = {
    3, // uint32_t blockId
    1, // int implementationVersion
    1, // int length of axes
    "Grayscale" // select channels
};
"""


def numbers(**changed):
    lines = METADATA
    for name, value in changed.items():
        old = next(line for line in lines.splitlines() if f"EI_CLASSIFIER_{name} " in line)
        lines = lines.replace(old, f"#define EI_CLASSIFIER_{name} {value}")
    return lines


def classifier(features, classes):
    rng = np.random.default_rng(features)
    net = Sequential([Dense(8, activation="relu"), Dense(classes), Softmax()], input_shape=(features,), seed=1)
    return et.quantize(net.to_model(), rng.normal(size=(50, features)).astype(np.float32))


def packed(model, metadata=METADATA, variables=SPECTRAL, folder="", source=None):
    made = io.BytesIO()
    codes = ", ".join(map(hex, model.file_bytes))
    array = f"const unsigned char tflite_learn_10[] ALIGN(16) = {{ {codes} }};" if source is None else source
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}edge-impulse-sdk/README.md", "x")
        archive.writestr(f"{folder}model-parameters/model_metadata.h", metadata)
        archive.writestr(f"{folder}model-parameters/model_variables.h", variables)
        archive.writestr(f"{folder}tflite-model/tflite_learn_10.cpp", array)
    return made.getvalue()


@pytest.fixture(scope="module")
def gestures():
    return classifier(18, 4)


@pytest.mark.parametrize("folder", ["", "Gestures_inferencing/src/"], ids=["cpp", "arduino"])
def test_spectral_analysis(gestures, tmp_path, folder):
    path = tmp_path / "gestures.zip"
    path.write_bytes(packed(gestures, folder=folder))
    impulse = et.from_edge_impulse(path)
    assert (impulse.window, impulse.rate_hz, impulse.sensors) == ((125, 3), 62.5, ("accX", "accY", "accZ"))
    assert impulse.labels == ("idle", "snake", "up, down", "wave")
    assert impulse.project == 'Gestures "one"'
    params = {"filter-type": "low", "filter-cutoff": 3.0, "axes": ["accX", "accY", "accZ"], "implementation_version": 4}
    block = et.signal.feature_block("spectral_analysis", params, rate_hz=62.5)
    assert (impulse.block.params, impulse.block.names) == (block.params, block.names)
    windows = np.random.default_rng(0).normal(size=(6, 125, 3)).astype(np.float32)
    np.testing.assert_array_equal(impulse.run(windows), et.Impulse(gestures, block, (125, 3)).run(windows))
    assert impulse.stream(hop=25, labels=impulse.labels)
    json.dumps(impulse.as_dict())


def test_a_block_of_some_axes(gestures):
    model = classifier(12, 4)
    some = SPECTRAL.replace("{ 0, 1, 2 }", "{ 2, 0 }").replace("3, // int length", "2, // int length")
    impulse = et.from_edge_impulse(packed(model, variables=some))
    assert (impulse.window, impulse.sensors) == ((125, 2), ("accZ", "accX"))


def test_sound():
    block = et.signal.feature_block(
        "mfe",
        {
            "frame_length": 0.016,
            "frame_stride": 0.01,
            "num_filters": 40,
            "fft_length": 256,
            "low_frequency": 0,
            "high_frequency": 0,
            "win_size": 101,
            "noise_floor_db": -52,
            "implementation_version": 4,
        },
        rate_hz=16000,
    )
    sound = np.random.default_rng(1).integers(-3000, 3000, (2, 16000, 1)).astype(np.float32)
    features = block.extract_batch(sound)
    model = classifier(features.shape[1], 2)
    metadata = numbers(
        RAW_SAMPLE_COUNT=16000,
        RAW_SAMPLES_PER_FRAME=1,
        FREQUENCY=16000,
        FUSION_AXES_STRING='"audio"',
        INTERVAL_MS=0.0625,
    )
    impulse = et.from_edge_impulse(packed(model, metadata, MFE))
    assert (impulse.window, impulse.sensors, impulse.rate_hz) == ((16000, 1), ("audio",), 16000)
    np.testing.assert_array_equal(impulse.features(sound), features)


def test_pictures():
    metadata = numbers(INPUT_WIDTH=6, INPUT_HEIGHT=4, RAW_SAMPLE_COUNT=24, RAW_SAMPLES_PER_FRAME=1, FREQUENCY=0)
    impulse = et.from_edge_impulse(packed(classifier(24, 2), metadata, IMAGE))
    assert (impulse.window, impulse.rate_hz) == ((4, 6, 3), None)
    pictures = np.random.default_rng(2).integers(0, 256, (3, 4, 6, 3), np.uint8)
    assert impulse.run(pictures).shape == (3, 2)
    scaled = IMAGE + "EI_CLASSIFIER_IMAGE_SCALING_TORCH"
    with pytest.raises(UnsupportedError, match="pixels scaled by TORCH"):
        et.from_edge_impulse(packed(classifier(24, 2), metadata, scaled))


SECOND = "ei_dsp_config_flatten_t ei_dsp_config_1 = { 1 // uint32_t blockId\n};"
NORMALIZED = "&ei_data_normalization_config_928825_34, // data normalization config"


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"source": "void tflite_learn_init();"}, UnsupportedError, "the EON compiler left code only"),
        (
            {"variables": SPECTRAL + SECOND},
            UnsupportedError,
            "feature blocks: spectral_analysis, flatten, accepted is one",
        ),
        ({"variables": "int x;"}, UnsupportedError, "feature blocks: none"),
        ({"variables": SPECTRAL + NORMALIZED}, UnsupportedError, "followed by a normalization"),
        ({"variables": SPECTRAL.replace(" // float filter-cutoff", "")}, UnsupportedError, "parameter without a name"),
        ({"variables": SPECTRAL.replace("3.0f", "CUTOFF")}, UnsupportedError, "'CUTOFF' as a parameter"),
        ({"variables": SPECTRAL.replace("spectral_analysis", "smell")}, DataError, "feature block 'smell'"),
        ({"variables": SPECTRAL.replace("{ 0, 1, 2 }", "{ 0, 1, 5 }")}, DataError, "axis 5 of a block, samples have 3"),
        ({"variables": SPECTRAL.replace("34_axes[]", "35_axes[]")}, DataError, "no list ei_dsp_config_928825_34_axes"),
        ({"metadata": ""}, DataError, "EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME is None"),
        ({"metadata": numbers(RAW_SAMPLE_COUNT='"many"')}, DataError, "EI_CLASSIFIER_RAW_SAMPLE_COUNT is '\"many\"'"),
    ],
)
def test_what_cannot_be_opened(gestures, changes, error, says):
    with pytest.raises(error, match=f"the deployment: .*{re.escape(says)}"):
        et.from_edge_impulse(packed(gestures, **changes))


def test_wrong_model_and_files(gestures, tmp_path):
    with pytest.raises(DataError, match="18 features, the model takes 12"):
        et.from_edge_impulse(packed(classifier(12, 4)))
    with pytest.raises(DataError, match="no zip archive"):
        et.from_edge_impulse(gestures.file_bytes)
    with pytest.raises(DataError, match="nowhere"):
        et.from_edge_impulse(tmp_path / "nowhere.zip")
    whole = packed(gestures)
    with pytest.raises(DataError, match="the archive cannot be read"):
        et.from_edge_impulse(whole[: len(whole) // 2])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(DataError, match=r"no model-parameters/model_metadata\.h in it"):
        et.from_edge_impulse(made.getvalue())
    assert not is_deployment(made.getvalue())
    assert is_deployment(whole)
