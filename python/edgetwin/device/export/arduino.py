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
from .samples_code import SamplesCode
from .sketch_code import sketches
from .text import camel

__all__ = ["arduino_files"]

_URL = re.compile(r"https?://[\x21-\x7e]+")
#: Of Arduino.h.
_MACROS = ("min", "max", "abs", "round")
_MOST_CHARACTERS = 63
#: The earliest date that a zip can tell: the same model gives the same bytes on any day.
_DATE = (1980, 1, 1, 0, 0, 0)


def arduino_files(source: Source, shown: Presentation, url: str, samples: SamplesCode | None) -> dict[str, bytes]:
    """Return the files of a library, of its zip and of a README by path.

    Parameters
    ----------
    source : Source
    shown : Presentation
    url : str
    samples : SamplesCode or None
        What takes samples one by one, where there is a source of them.

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
    headers = core_headers(source) | predict_headers()
    if samples is not None:
        code |= samples.files
        headers |= samples.headers
    core = core_files(headers)
    examples = sketches(source, shown, library, samples)
    sensors = [name for name in examples if name != "Predict"]
    described = f"reads numbers from the serial line{_READS.get(len(sensors), '').format(*sensors)}"
    facts = {"library": library, "name": source.name, "hash": source.model_hash, "examples": described}
    streams = samples is not None
    texts = {
        "library.properties": _properties(source, library, shown, url),
        "library.json": _manifest(source, library, shown, list(examples)),
        "keywords.txt": _keywords(source, streams=streams),
        "README.md": _LIBRARY_README.format(**facts, use=(_USE_SAMPLES if streams else _USE_WINDOW).format(**facts)),
        f"src/{library}.h": _UMBRELLA.format(
            name=source.name,
            guard=f"{library.upper()}_H_",
            samples=_samples_include(source.name) if streams else "",
        ),
        **{f"examples/{name}/{name}.ino": text for name, text in examples.items()},
    }
    inside = {path: text.encode() for path, text in texts.items()}
    inside |= {f"src/{path}": text.encode() for path, text in code.items()}
    inside |= {f"src/{path}": content for path, content in core.items()}
    readme = _README.format(**facts)
    return {
        **{f"{library}/{path}": content for path, content in inside.items()},
        f"{library}.zip": _zipped({f"{library}/{path}": content for path, content in inside.items()}),
        "README.md": readme.encode(),
    }


def _samples_include(name: str) -> str:
    """Return the inclusion of class `Samples`, whose headers use names that old cores have macros for."""
    kept = "".join(f'#pragma push_macro("{word}")\n#undef {word}\n' for word in _MACROS)
    back = "".join(f'#pragma pop_macro("{word}")\n' for word in _MACROS)
    return f'\n{kept}#include "model/{name}_samples.hpp"\n{back}'


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


def _manifest(source: Source, library: str, shown: Presentation, examples: list[str]) -> str:
    fields = {
        "name": library,
        "version": _version(source),
        "description": " ".join(_sentences(source, shown)),
        "keywords": ["neural network", "tinyml", "sensors"],
        "authors": [{"name": "edgetwin"}],
        "frameworks": "arduino",
        "platforms": "*",
        "headers": f"{library}.h",
        "examples": [{"name": name, "base": f"examples/{name}", "files": [f"{name}.ino"]} for name in examples],
    }
    return json.dumps(fields, indent=2) + "\n"


def _keywords(source: Source, *, streams: bool) -> str:
    rows = [(source.name, "KEYWORD1"), ("CheckServer", "KEYWORD1"), *([("Samples", "KEYWORD1")] if streams else [])]
    rows += [
        (word, "KEYWORD2")
        for word in (
            "predict",
            "run",
            *(["reset"] if source.has_state or streams else []),
            *(["push"] if streams else []),
        )
    ]
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
{samples}
static_assert(sizeof(int) >= 4, "this library is for processors of 32 bits and more");

#endif  // {guard}
"""

#: By how many sketches there are for sensors.
_READS = {1: ", `{}` hears the board's microphone", 2: ", `{}` and `{}` sample a motion sensor"}

_USE_WINDOW = """\
```cpp
#include <{library}.h>

float samples[{name}::kSampleCount];  // a window of the sensor, in the units of training
float results[{name}::kResultCount];
{name}::predict(samples, results);
```
"""

_USE_SAMPLES = """\
```cpp
#include <{library}.h>

{name}::Samples stream;  // takes a sensor's samples one by one
float results[{name}::kResultCount];
if (stream.push(sample)) stream.values(results);
```

`{name}::predict(samples, results)` takes the model's real inputs at once.
"""

_LIBRARY_README = """\
# {library}

The neural network `{name}` (hash `{hash}`) as a library for Arduino and PlatformIO: plain C++, no interpreter, no heap.

{use}
`{name}::run(input, output)` takes and gives the model's own integers. Examples: `Predict` {examples}.
All of them answer checks: edgetwin compares every byte, operator by operator, with what it computes on a computer.

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

Sketches that sample a motion sensor need `Arduino_LSM9DS1` (Nano 33 BLE Sense) or `Arduino_BMI270_BMM150` (Rev2) from
the library manager. Any processor of 32 bits will do whose flash and RAM suffice.
"""
