"""A model as an Arduino library: a folder and a zip that Arduino IDE, its command line and PlatformIO take.

References
----------
Arduino library specification, revision 2.2 (1.5 library format); PlatformIO's `library.json`.
"""

from __future__ import annotations

import io
import json
import re
import zipfile

from ...build_info import __version__
from ...errors import DataError
from .core_files import core_files
from .model_code import Source
from .model_files import core_headers, model_files
from .predict_code import predict_files, predict_headers
from .presentation import Presentation
from .template import filled
from .text import camel

__all__ = ["arduino_files"]

_URL = re.compile(r"https?://[\x21-\x7e]+")
_MOST_CHARACTERS = 63
#: The earliest date that a zip can tell: the same model gives the same bytes on any day.
_DATE = (1980, 1, 1, 0, 0, 0)
_SENSORS = {
    "LSM9DS1": {"CHIP": "LSM9DS1", "BOARD": "Nano 33 BLE Sense", "SENSOR": "Arduino_LSM9DS1", "SENSOR_HZ": "119"},
    "BMI270": {
        "CHIP": "BMI270",
        "BOARD": "Nano 33 BLE Sense Rev2",
        "SENSOR": "Arduino_BMI270_BMM150",
        "SENSOR_HZ": "100",
    },
}


def arduino_files(source: Source, shown: Presentation, url: str) -> dict[str, bytes]:
    """Return the files of a library, of its zip and of a README by path.

    Parameters
    ----------
    source : Source
    shown : Presentation
    url : str

    Raises
    ------
    DataError : the model's name makes too long a library's name, or the url is none
    UnsupportedError : the device core lacks an operator's kernel
    """
    library = f"{camel(source.name)}_edgetwin"
    if len(library) > _MOST_CHARACTERS:
        raise DataError(f"name {source.name!r} makes a library's name of {len(library)} characters, accepted are 63")
    if not isinstance(url, str) or not _URL.fullmatch(url):
        raise DataError(f"url {url!r}, accepted is an address that begins with http:// or https://")
    code = {**model_files(source), **predict_files(source, shown)}
    core = core_files(core_headers(source) | predict_headers())
    values = {"LIBRARY": library, "NAME": source.name, "SAMPLES": str(shown.samples)}
    # What both sketches have: a sketch stands alone, so that each gets its own.
    values |= {"LINE": filled("sketch_line.ino", values), "RESULTS": filled("sketch_results.ino", values)}
    texts = {
        "library.properties": _properties(source, library, shown, url),
        "library.json": _manifest(source, library, shown),
        "keywords.txt": _keywords(source),
        "README.md": _LIBRARY_README.format(library=library, name=source.name, hash=source.model_hash),
        f"src/{library}.h": _UMBRELLA.format(name=source.name, guard=f"{library.upper()}_H_"),
        "examples/Predict/Predict.ino": filled("Predict.ino", values),
        **{f"examples/{name}/{name}.ino": filled("Sensor.ino", values | sensor) for name, sensor in _SENSORS.items()},
    }
    inside = {path: text.encode() for path, text in texts.items()}
    inside |= {f"src/{path}": text.encode() for path, text in code.items()}
    inside |= {f"src/{path}": content for path, content in core.items()}
    readme = _README.format(library=library, name=source.name, hash=source.model_hash)
    return {
        **{f"{library}/{path}": content for path, content in inside.items()},
        f"{library}.zip": _zipped({f"{library}/{path}": content for path, content in inside.items()}),
        "README.md": readme.encode(),
    }


def _zipped(content: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(content):
            entry = zipfile.ZipInfo(path, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content[path])
    return made.getvalue()


def _version(source: Source) -> str:
    """Return a semantic version, whose build metadata names the model."""
    return f"1.0.0+{source.model_hash}"


def _sentences(source: Source, shown: Presentation) -> tuple[str, str]:
    what = f"{len(shown.names)} classes" if shown.classifies else f"{shown.results} real values"
    return (
        f"The neural network {source.name}: from {shown.samples} sensor values to {what}.",
        f"Plain C++ without interpreter or heap, written by edgetwin {__version__}, whose host runs compute the same "
        f"bytes. Arena {source.arena_bytes} bytes. Model hash {source.model_hash}.",
    )


def _properties(source: Source, library: str, shown: Presentation, url: str) -> str:
    sentence, paragraph = _sentences(source, shown)
    fields = {
        "name": library,
        "version": _version(source),
        "author": "edgetwin",
        "maintainer": "edgetwin",
        "sentence": sentence,
        "paragraph": paragraph,
        "category": "Data Processing",
        "url": url,
        "architectures": "*",
        "includes": f"{library}.h",
    }
    return "".join(f"{name}={value}\n" for name, value in fields.items())


def _manifest(source: Source, library: str, shown: Presentation) -> str:
    fields = {
        "name": library,
        "version": _version(source),
        "description": " ".join(_sentences(source, shown)),
        "keywords": ["neural network", "tinyml", "sensors"],
        "authors": [{"name": "edgetwin"}],
        "frameworks": "arduino",
        "platforms": "*",
        "headers": f"{library}.h",
        "examples": [
            {"name": name, "base": f"examples/{name}", "files": [f"{name}.ino"]} for name in ("Predict", *_SENSORS)
        ],
    }
    return json.dumps(fields, indent=2) + "\n"


def _keywords(source: Source) -> str:
    rows = [(source.name, "KEYWORD1"), ("CheckServer", "KEYWORD1")]
    rows += [(word, "KEYWORD2") for word in ("predict", "run", *(["reset"] if source.has_state else []))]
    rows += [
        (word, "LITERAL1")
        for word in ("kSampleCount", "kResultCount", "kResultNames", "kClassifies", "kUnit", "kRateHz", "kModelHash")
    ]
    return "".join(f"{word}\t{kind}\n" for word, kind in rows)


_UMBRELLA = """\
// All that a sketch needs of the model.
#ifndef {guard}
#define {guard}

#include <Arduino.h>

#include "edgetwin/check.hpp"
#include "model/{name}.hpp"
#include "model/{name}_predict.hpp"

static_assert(sizeof(int) >= 4, "this library is for processors of 32 bits and more");

#endif  // {guard}
"""

_LIBRARY_README = """\
# {library}

The neural network `{name}` (hash `{hash}`) as a library for Arduino and PlatformIO: plain C++, no interpreter, no heap.

```cpp
#include <{library}.h>

float samples[{name}::kSampleCount];  // a window of the sensor, in the units of training
float results[{name}::kResultCount];
{name}::predict(samples, results);
```

`{name}::run(input, output)` takes and gives the model's own integers. Examples: `Predict` reads numbers from the serial
line, `LSM9DS1` and `BMI270` sample a motion sensor. All of them answer checks: edgetwin compares every byte, operator
by operator, with what it computes on a computer.

Before you publish the library, put your name, address and page into `library.properties`.
"""

_README = """\
# {library}

`{library}.zip` is an Arduino library of the neural network `{name}` (hash `{hash}`); the folder `{library}` holds the
same files.

- Arduino IDE: Sketch, Include Library, Add .ZIP Library; then File, Examples, {library}.
- Arduino CLI: `arduino-cli config set library.enable_unsafe_install true`, then
  `arduino-cli lib install --zip-path {library}.zip`. Or copy the folder into `libraries` of the sketchbook.
- PlatformIO: copy the folder into `lib` of the project, or `lib_deps = symlink://path/to/{library}`.

The sketches that sample a motion sensor need `Arduino_LSM9DS1` (Nano 33 BLE Sense) or `Arduino_BMI270_BMM150` (Rev2)
from the library manager. Any processor of 32 bits will do whose flash and RAM suffice.
"""
