"""Arduino sketches: numbers of the serial line, a motion sensor or a microphone into a model; they answer checks."""

from __future__ import annotations

from collections.abc import Mapping

from .model_code import Source
from .presentation import Presentation
from .samples_code import SamplesCode
from .template import filled

__all__ = ["sketches"]

_SENSORS = {
    "LSM9DS1": {"CHIP": "LSM9DS1", "BOARD": "Nano 33 BLE Sense", "SENSOR": "Arduino_LSM9DS1", "SENSOR_HZ": "119"},
    "BMI270": {
        "CHIP": "BMI270",
        "BOARD": "Nano 33 BLE Sense Rev2",
        "SENSOR": "Arduino_BMI270_BMM150",
        "SENSOR_HZ": "100",
    },
}
#: Values of a sample that a motion sensor's sketch can give.
_MOTION_AXES = (1, 3, 6)

#: A window in the sketch's own memory, and the model on it.
_WINDOW = {
    "MEMORY": "float samples[@NAME@::kSampleCount];\nfloat results[@NAME@::kResultCount];\nint32_t filled = 0;",
    "FOUND": "best",
    "AGAIN": "filled = 0;",
    "SEND": "@SAMPLES@ numbers",
    "AFTER": "the last of them",
    "TAKE": """\
  samples[filled++] = value;
  if (filled < @NAME@::kSampleCount) return;
  filled = 0;
  @NAME@::predict(samples, results);
  print_results();""",
    "PLACE": "window_is_full()",
    "ROTATION_FIRST": "false",
    "CONSTANTS": """\
static_assert(@NAME@::kSampleCount % kAxes == 0, "a window holds whole samples");
""",
    "HOP": """\
/// Values by which the window moves on after a prediction: half of it here.
constexpr int32_t kHop = (@NAME@::kSampleCount / kAxes + 1) / 2 * kAxes;
""",
    "FULL": """\

void window_is_full() {
  @NAME@::predict(samples, results);
  print_results();
}
""",
    "FEED": """\
  for (int32_t axis = 0; axis < kAxes; ++axis) samples[filled++] = sample[axis];
  if (filled < @NAME@::kSampleCount) return;
  window_is_full();
  filled -= kHop;
  memmove(samples, samples + kHop, static_cast<size_t>(filled) * sizeof(float));""",
}
#: The library's class takes samples one by one.
_STREAM = _WINDOW | {
    "MEMORY": """\
@NAME@::Samples stream;
float results[@NAME@::kResultCount];""",
    "AGAIN": "stream.reset();",
    "SEND": "samples of @AXES@ numbers",
    "AFTER": "a sample that ends a window",
    "TAKE": """\
  sample[filled++] = static_cast<@TYPE@>(value);
  if (filled < @NAME@::kAxes) return;
  filled = 0;
  if (!stream.push(sample)) return;
  stream.values(results);
  print_results();""",
    "PLACE": "read_sample()",
    "CONSTANTS": "",
    "HOP": "",
    "FULL": "",
    "FEED": """\
  if (!stream.push(sample)) return;
  stream.values(results);
  print_results();""",
}


def sketches(source: Source, shown: Presentation, library: str, samples: SamplesCode | None) -> dict[str, str]:
    """Return the sketches' texts by name.

    Parameters
    ----------
    source : Source
    shown : Presentation
    library : str
    samples : SamplesCode or None
        Where the library takes samples one by one.
    """
    facts = {"LIBRARY": library, "NAME": source.name, "SAMPLES": str(shown.samples), "AXES": str(shown.axes)}
    parts = dict(_WINDOW if samples is None else _STREAM)
    if samples is not None:
        facts["TYPE"] = samples.sample
        parts["FOUND"] = "stream.label()" if samples.decides else "best"
        parts["ROTATION_FIRST"] = "false" if samples.decides else "true"
    values = facts | {name: _with(text, facts) for name, text in parts.items()}
    # What all sketches have: a sketch stands alone, so that each gets its own.
    values |= {"LINE": filled("sketch_line.ino", values), "RESULTS": filled("sketch_results.ino", values)}
    typed = dict(values)
    if samples is not None:
        numbers = f"{samples.sample} sample[{source.name}::kAxes];\nint32_t filled = 0;"
        typed["LINE"] = f"{values['LINE']}{numbers}\n"
        typed["AGAIN"] = f"filled = 0;\n    {values['AGAIN']}"
    made = {"Predict": filled("Predict.ino", typed)}
    if samples is None or (samples.kind in ("motion", "gait") and shown.axes in _MOTION_AXES):
        made |= {name: filled("Sensor.ino", values | sensor) for name, sensor in _SENSORS.items()}
    elif samples.kind == "sound":
        made["Microphone"] = filled("Microphone.ino", values)
    return made


def _with(text: str, facts: Mapping[str, str]) -> str:
    for name, value in facts.items():
        text = text.replace(f"@{name}@", value)
    return text
