"""One self-contained header that makes firmware of any other make answer the check protocol."""

from __future__ import annotations

import re

from ..build_info import __version__
from ..errors import DataError
from ..graph.graph import Graph
from ..model import Model
from .qemu import device_source

__all__ = ["ADAPTERS", "agent_header", "agent_howto"]

_PARTS = ("include/edgetwin/check.hpp", "runner/agent/adapters.hpp")
_HEADER = """\
// edgetwin agent {version}: lets a host compare this firmware's neural network with the model file, byte for byte and
// operator by operator. Self-contained C++17, no heap, no library; HOWTO.md beside it says where it goes.
#ifndef EDGETWIN_AGENT_HPP_
#define EDGETWIN_AGENT_HPP_

#include <cstdint>

{parts}
namespace edgetwin::agent {{

constexpr char kModelName[] = "{name}";
/// Start of the SHA-256 of the model file: a host with another file is told so.
constexpr char kModelHash[] = "{digest}";
constexpr int32_t kInputBytes[] = {{{inputs}}};
constexpr int32_t kOutputBytes[] = {{{outputs}}};
constexpr int32_t kOperatorCount = {count};
constexpr Operator kOperators[] = {{
{operators}
}};

}}  // namespace edgetwin::agent

#endif  // EDGETWIN_AGENT_HPP_
"""
_COMMON = """
struct Port {
  int read() { while (!Serial.available()) {} return Serial.read(); }   // blocks until there is a byte
  void write(const char* text, int32_t length) { Serial.write(text, length); }
};
"""
#: What firmware is made with -> where the agent goes.
ADAPTERS = {
    "tflite-micro": """\
# The agent in firmware of TFLite Micro

Every operator's output is compared. The interpreter's profiler is the hook: it is called after each operator, when its
output still lies in the arena, so that the arena is the product's own (`preserve_all_tensors` is not needed). Build
without `TF_LITE_STRIP_ERROR_STRINGS`, which takes the profiler's calls away. Models with IF or WHILE, whose branches
call the profiler too, are not for this hook. Tried as it stands here with commit 90b983c2 (August 2026) on a PC:
equal in all 15 operators of the gait network.

```cpp
#include "edgetwin_agent.hpp"
#include "tensorflow/lite/micro/micro_interpreter.h"

namespace agent = edgetwin::agent;

class Interpreter : public tflite::MicroInterpreter {
 public:
  using tflite::MicroInterpreter::MicroInterpreter;
  const void* tensor(int32_t index) { return context().GetEvalTensor(&context(), index)->data.data; }
};

static agent::OperatorHook<tflite::MicroProfilerInterface, Interpreter> hook(agent::kOperators, agent::kOperatorCount);
static Interpreter interpreter(model, resolver, arena, sizeof(arena), nullptr, &hook);   // yours, with the hook

static void run(const edgetwin::Observer* observer) {
  hook.begin(&interpreter, observer);
  interpreter.Invoke();
}
static void reset() { interpreter.Reset(); }   // models with state: its name in place of the last null below

void check() {   // after AllocateTensors; does not return
  static void* const inputs[] = {interpreter.input(0)->data.raw};
  static const void* const outputs[] = {interpreter.output(0)->data.raw};
  static const edgetwin::CheckedModel checked = {agent::kModelName, agent::kModelHash, 1, agent::kInputBytes, inputs,
                                                 1, agent::kOutputBytes, outputs, run, nullptr};
  Port port;
  edgetwin::serve(checked, port);
}
```
""",
    "calls": """\
# The agent in firmware of bare kernel calls (CMSIS-NN, ESP-NN, your own)

After each kernel one line shows its output. The number is the operator's in the model file (`edgetwin inspect MODEL`
prints them); operators without a line are not compared, the outputs always are.

```cpp
#include "edgetwin_agent.hpp"

namespace agent = edgetwin::agent;
static int8_t input[agent::kInputBytes[0]], output[agent::kOutputBytes[0]];   // yours

static void run(const edgetwin::Observer* observer) {
  arm_convolve_wrapper_s8(/* ... */ conv_output);                              // yours
  agent::show(observer, 0, conv_output, agent::kOperators[0].bytes);
  // ... and so on
}

void check() {   // does not return
  static void* const inputs[] = {input};
  static const void* const outputs[] = {output};
  static const edgetwin::CheckedModel checked = {agent::kModelName, agent::kModelHash, 1, agent::kInputBytes, inputs,
                                                 1, agent::kOutputBytes, outputs, run, nullptr};
  Port port;
  edgetwin::serve(checked, port);
}
```

Firmware in C: put this into one C++ file, and `extern "C"` in front of `check` and of the kernels' declarations.
""",
}


def agent_header(model: Model, name: str) -> str:
    """Return the agent for a model.

    Parameters
    ----------
    model : Model
    name : str
        Told to the host.

    Returns
    -------
    str
        C++17; includes nothing but ``<cstdint>``.

    Raises
    ------
    DeviceError : the device core's sources are not installed
    """
    graph = model.graph
    operators = "\n".join(
        f"    {{{called.outputs[0]}, {graph.tensors[called.outputs[0]].nbytes}}},  // {index} {called.name}"
        for index, called in enumerate(graph.operators)
    )
    return _HEADER.format(
        version=__version__,
        parts="\n".join(_body((device_source() / part).read_text(encoding="utf-8")) for part in _PARTS),
        name=re.sub(r"[^ !#-\[\]-~]", "_", name),
        digest=model.hash,
        inputs=_sizes(graph, graph.inputs),
        outputs=_sizes(graph, graph.outputs),
        count=len(graph.operators),
        operators=operators,
    )


def agent_howto(adapter: str) -> str:
    """Return where the agent goes, in Markdown.

    Parameters
    ----------
    adapter : str
        A key of `ADAPTERS`.

    Raises
    ------
    DataError : there is none
    """
    if adapter not in ADAPTERS:
        raise DataError(f"adapter {adapter!r}, accepted are {', '.join(ADAPTERS)}")
    port = f"The port is any serial line, polled (here Arduino's):\n\n```cpp{_COMMON}```\n"
    then = "Then, on the host: `edgetwin verify MODEL --device serial:PORT`, or `et.device.open` in a test.\n"
    return f"{ADAPTERS[adapter]}\n{port}\n{then}"


def _sizes(graph: Graph, tensors: tuple[int, ...]) -> str:
    return ", ".join(str(graph.tensors[index].nbytes) for index in tensors)


def _body(text: str) -> str:
    """Return a header without its guard and includes."""
    text = re.sub(r"^#(ifndef|define|include|endif).*\n", "", text, flags=re.MULTILINE)
    return text.strip() + "\n"
