"""The files of an Edge Impulse deployment that tell a model and what stands before it, written for a rehearsal."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Sequence

from ...model import Model

__all__ = ["METADATA", "VARIABLES", "deployment_zip"]

#: Where a deployment tells its numbers, and its blocks.
METADATA = "model-parameters/model_metadata.h"
VARIABLES = "model-parameters/model_variables.h"
#: Every file of a zip has a date; this is the first that the format holds, so that equal models give equal bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


def deployment_zip(model: Model, labels: Sequence[str]) -> bytes:
    """Return a zip in the layout of Edge Impulse's C++ library: an uploaded model behind a raw block.

    Parameters
    ----------
    model : Model
    labels : sequence of str

    Returns
    -------
    bytes
    """
    size = math.prod(model.inputs[0].shape)
    metadata = f"""\
#define EI_CLASSIFIER_PROJECT_NAME               "rehearsal"
#define EI_CLASSIFIER_NN_INPUT_FRAME_SIZE        {size}
#define EI_CLASSIFIER_RAW_SAMPLE_COUNT           {size}
#define EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME      1
#define EI_CLASSIFIER_INTERVAL_MS                1
#define EI_CLASSIFIER_FREQUENCY                  0
#define EI_CLASSIFIER_LABEL_COUNT                {len(labels)}
#define EI_CLASSIFIER_FUSION_AXES_STRING         "features"
"""
    names = ", ".join(json.dumps(label, ensure_ascii=False) for label in labels)
    variables = f"""\
const char* ei_classifier_inferencing_categories[] = {{ {names} }};
EI_CLASSIFIER_DSP_AXES_INDEX_TYPE ei_dsp_config_1_axes[] = {{ 0 }};
const uint32_t ei_dsp_config_1_axes_size = 1;
ei_dsp_config_raw_t ei_dsp_config_1 = {{
    1, // uint32_t blockId
    1, // int implementationVersion
    1, // int length of axes
    1.0f // float scale-axes
}};
"""
    codes = ", ".join(f"0x{byte:02x}" for byte in model.file_bytes)
    array = f"alignas(16) const unsigned char tflite_learn_2[] = {{ {codes} }};\n"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ((METADATA, metadata), (VARIABLES, variables), ("tflite-model/tflite_learn_2.cpp", array)):
            archive.writestr(zipfile.ZipInfo(name, _DATE), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()
