"""What surrounds an exported model: a program that answers checks, build files, and a README."""

from __future__ import annotations

from .model_code import Source, described
from .samples_code import SamplesCode
from .text import C_TYPES

__all__ = ["project_files"]


def project_files(source: Source, samples: SamplesCode | None) -> dict[str, str]:
    """Return the files around a model by path.

    Parameters
    ----------
    source : Source
    samples : SamplesCode or None
        Of a source of samples, where there is one.

    Returns
    -------
    dict of str to str
    """
    return {
        "main.cpp": _MAIN.format(name=source.name),
        "CMakeLists.txt": _CMAKE.format(name=source.name, **(_CMAKE_CMSIS_NN if source.cmsis_nn else _CMAKE_ALONE)),
        "Makefile": _MAKE_CMSIS_NN.format(name=source.name) if source.cmsis_nn else _MAKE.format(name=source.name),
        "README.md": _readme(source, samples),
    }


_MAIN = """\
// Answers checks of the model on standard input and output. On a board, Port reads and writes its serial line instead.
#include <cstdio>

#include "edgetwin/check.hpp"
#include "model/{name}.hpp"

namespace {{

struct Port {{
  int read() {{ return std::getchar(); }}
  void write(const char* text, int32_t length) {{
    std::fwrite(text, 1, static_cast<size_t>(length), stdout);
    std::fflush(stdout);
  }}
}};

}}  // namespace

int main() {{
  Port port;
  edgetwin::serve({name}::kChecked, port);
}}
"""

_CMAKE = """\
cmake_minimum_required(VERSION 3.16)
project({name} {languages})

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

{sources}add_library({name} STATIC model/{name}.cpp{more})
target_include_directories({name} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})
{directories}
add_executable({name}_check main.cpp model/{name}_check.cpp)
target_link_libraries({name}_check PRIVATE {name})
"""

_CMAKE_ALONE = {"languages": "CXX", "sources": "", "more": "", "directories": ""}
_CMAKE_CMSIS_NN = {
    "languages": "C CXX",
    "sources": "file(GLOB_RECURSE CMSIS_NN_SOURCES cmsis_nn/Source/*.c)\n",
    "more": " ${CMSIS_NN_SOURCES}",
    "directories": "target_include_directories(${PROJECT_NAME} PRIVATE cmsis_nn/Include)\n",
}

_MAKE_CMSIS_NN = """\
CC ?= cc
CXX ?= c++
CFLAGS ?= -O2
CXXFLAGS ?= -O2 -Wall -Wextra
CMSIS_NN = $(wildcard cmsis_nn/Source/*/*.c)

build/{name}_check: main.cpp model/{name}.cpp model/{name}_check.cpp $(CMSIS_NN) $(wildcard edgetwin/*.hpp model/*.hpp)
\tmkdir -p build
\tcd build && $(CC) $(CFLAGS) -I../cmsis_nn/Include -c $(addprefix ../,$(CMSIS_NN))
\t$(CXX) -std=c++17 $(CXXFLAGS) -I. -Icmsis_nn/Include main.cpp model/{name}.cpp model/{name}_check.cpp build/*.o -o $@

clean:
\trm -rf build

.PHONY: clean
"""

_MAKE = """\
CXX ?= c++
CXXFLAGS ?= -O2 -Wall -Wextra

build/{name}_check: main.cpp model/{name}.cpp model/{name}_check.cpp $(wildcard edgetwin/*.hpp model/*.hpp)
\tmkdir -p build
\t$(CXX) -std=c++17 $(CXXFLAGS) -I. main.cpp model/{name}.cpp model/{name}_check.cpp -o $@

clean:
\trm -rf build

.PHONY: clean
"""

_README = """\
# {name}

A neural network as plain C++17: one function call per operator in `model/{name}.cpp`, weights as constants in
`model/{name}_weights.hpp`, arithmetic in `edgetwin/`. No interpreter, no heap, no exceptions, no files beyond these.

| | |
|---|---|
| model | hash `{hash}` (start of the file's SHA-256) |
{rows}
| arena | {arena:,} bytes of RAM, static{scratch} |
{state}{ram}
## Use it

Add `model/{name}.cpp` to your build and this folder to the include path:

```cpp
#include "model/{name}.hpp"

{buffers}
{name}::run({arguments});
```

{feed}{cmsis_nn}Compile with C++17 or later. The result does not depend on compiler, optimization or core: every byte is
the one that edgetwin computes on a host.

## Build it here

```sh
make            # or: cmake -B build && cmake --build build
```

`build/{name}_check` answers the check protocol on its standard input and output, as firmware does on a serial line.
Firmware that is to be checked adds `model/{name}_check.cpp` and calls `edgetwin::serve({name}::kChecked, port)`, as
`main.cpp` does; a product leaves both out.
"""

_README_CMSIS_NN = """\
The operators that `model/cmsis_nn_calls.hpp` calls are Arm's: add `cmsis_nn/Source/*/*.c` to your build and
`cmsis_nn/Include` to its include path, or the CMSIS-NN that your project has, built without
`CMSIS_NN_USE_SINGLE_ROUNDING`. Their license is `cmsis_nn/LICENSE`.

"""


_FEED = """\
Or feed it samples as they come: `model/{name}_samples.hpp` makes the model's inputs of them as the host does, to the
last byte. All memory is the object's own and the model's:

```cpp
#include "model/{name}_samples.hpp"

static {name}::Samples samples;

{sample} sample[{axes}];
if (samples.push(sample)) {{
  // samples.output(), samples.values(...) are new
}}
```

"""


def _readme(source: Source, samples: SamplesCode | None) -> str:
    tensors = source.graph.tensors
    named = [
        *zip(source.graph.inputs, source.inputs, strict=True),
        *zip(source.graph.outputs, source.outputs, strict=True),
    ]
    rows = "\n".join(f"| {name} | {described(tensors[tensor])} |" for tensor, name in named)
    buffers = "\n".join(
        f"static {C_TYPES[tensors[tensor].dtype]} {name}[{max(tensors[tensor].size, 1)}];" for tensor, name in named
    )
    state = "| state | kept from run to run; `reset()` forgets it |\n" if source.has_state else ""
    ram = "" if samples is None else f"| samples | {samples.ram_bytes:,} bytes of RAM: class `Samples` |\n"
    feed = "" if samples is None else _FEED.format(name=source.name, sample=samples.sample, axes=samples.axes)
    return _README.format(
        ram=ram,
        scratch=f", and {source.scratch_bytes():,} of scratch at most" if source.scratch_bytes() else "",
        feed=feed,
        name=source.name,
        hash=source.model_hash,
        rows=rows,
        arena=source.arena_bytes,
        state=state,
        buffers=buffers,
        arguments=", ".join([*source.inputs, *source.outputs]),
        cmsis_nn=_README_CMSIS_NN if source.cmsis_nn else "",
    )
