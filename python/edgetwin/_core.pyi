from collections.abc import Callable, Sequence
from typing import Any

from numpy import dtype, int32, uint8
from numpy.typing import NDArray

class Plan:
    def __init__(
        self,
        storages: Sequence[tuple[str, int, int]],
        steps: list[Any],
        arena_bytes: int,
        initial_state: bytes,
        constants: bytes,
        fast: bool = True,
    ) -> None: ...
    def run(
        self,
        samples: int,
        inputs: list[Any],
        shared: Sequence[bool],
        outputs: list[Any],
        state: object,
        threads: int,
    ) -> None: ...
    @property
    def arena_bytes(self) -> int: ...
    @property
    def state_bytes(self) -> int: ...
    @property
    def scratch_bytes(self) -> int: ...

def available_threads() -> int: ...
def build_info() -> dict[str, Any]: ...
def default_threads() -> int: ...
def device_kernels() -> list[str]: ...
def kernel_fields() -> dict[str, list[tuple[str, str]]]: ...
def kernel_layout(kernel: str, params: dict[str, int | float]) -> dict[str, Any]: ...
def kernel_slots() -> dict[str, dict[str, list[str]]]: ...
def requantize(
    values: NDArray[int32], multiplier: NDArray[int32], shift: NDArray[int32], rounding: int
) -> NDArray[int32]: ...
def ordinary_call(
    plan: Plan,
    input_dtype: dtype[Any],
    input_shape: Sequence[int],
    output_dtype: dtype[Any],
    output_shape: Sequence[int],
    threads: int,
) -> Callable[[tuple[Any, ...], object, object], NDArray[Any] | None]: ...
def run_kernel(
    kernel: str,
    params: dict[str, int | float],
    inputs: Sequence[Any],
    constants: dict[str, Any],
    state: Sequence[Any] = ...,
    fast: bool = True,
) -> list[NDArray[uint8]]: ...
def set_default_threads(count: int) -> None: ...
