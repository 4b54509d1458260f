"""What a generator costs: time, and memory held at once."""

from __future__ import annotations

import time
import tracemalloc
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from synact_bench.generators.base import Generator
from synact_bench.testing.case import Case
from synact_bench.testing.rules.output import MANY

TRACED = 32
"""Activations asked for while memory is traced, which makes Python several times slower."""


@dataclass(frozen=True)
class Cost:
    """Time and memory on the fixture of the check.

    Attributes:
        fit_seconds: of one ``fit``.
        seconds: of ``generate``, for one activation of 128 made at once.
        bytes: held at once in ``generate`` by new tensors, arrays and objects, at most, for one
            activation of 32 made at once.
        d_model: width of an activation.
    """

    fit_seconds: float
    seconds: float
    bytes: float
    d_model: int


def measured(case: Case) -> Cost:
    """Fit again, then ask for activations twice: for the time, and for the memory.

    Raises:
        SynactError: the generator fails.
    """
    started = time.perf_counter()
    generator = case.fitted()
    fit_seconds = time.perf_counter() - started
    many = case.asked(MANY)
    started = time.perf_counter()
    case.answer(generator, many)
    seconds = time.perf_counter() - started
    return Cost(
        fit_seconds=fit_seconds,
        seconds=seconds / MANY,
        bytes=_held(case, generator, case.asked(TRACED)) / TRACED,
        d_model=case.fixture.real.d_model,
    )


def _held(case: Case, generator: Generator, asked: int | Tensor) -> int:
    """Most bytes held at once while the generator answers."""
    traced = tracemalloc.is_tracing()
    if not traced:
        tracemalloc.start()
    tensors = LiveTensors()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    try:
        with tensors:
            case.answer(generator, asked)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if not traced:
            tracemalloc.stop()
    return tensors.peak + peak - before


class LiveTensors(TorchFunctionMode):
    """Counts the memory of tensors that torch functions return, for as long as they live.

    What a function of torch uses within itself is not seen, nor is what was there before.

    Attributes:
        peak: most bytes held at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self._now = 0
        self._holders: dict[int, int] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the function and note the tensors among what it returns."""
        returned = func(*args, **(kwargs or {}))
        given = {id(each) for each in args}
        for tensor in returned if isinstance(returned, (tuple, list)) else (returned,):
            if isinstance(tensor, Tensor) and id(tensor) not in given:
                self._note(tensor)
        return returned

    def _note(self, tensor: Tensor) -> None:
        if tensor.device.type != "cpu" or tensor.layout != torch.strided:
            return
        try:
            storage = tensor.untyped_storage()
            place, size = storage.data_ptr(), storage.nbytes()
        except (NotImplementedError, RuntimeError):
            return  # within torch.func a tensor wraps another, which was noted already
        self._holders[place] = self._holders.get(place, 0) + 1
        if self._holders[place] == 1:
            self._now += size
            self.peak = max(self.peak, self._now)
        weakref.finalize(tensor, self._let_go, place, size)

    def _let_go(self, place: int, size: int) -> None:
        self._holders[place] -= 1
        if not self._holders[place]:
            self._now -= size
