"""What a generator keeps: how many numbers its fitted state holds."""

from __future__ import annotations

import types
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor

from synact_bench.core.errors import PluginError
from synact_bench.generators.base import GeneratorCard

# Nothing in them was learnt, and some lead to all that is loaded.
_OPAQUE = (
    *(type, types.ModuleType, GeneratorCard),
    *(torch.Generator, torch.dtype, torch.device, np.random.Generator),
)


class Elsewhere:
    """What stands for numbers that another process holds.

    Args:
        numbers: how many.
    """

    def __init__(self, numbers: int) -> None:
        self.numbers = numbers


def state_size(generator: object) -> int:
    """Numbers in a generator's state: elements of the tensors, arrays and lists it holds.

    Followed are attributes (of ``__dict__``, ``__slots__`` and the generator's own class),
    containers, and what functions hold in their closures, defaults and bound objects, to any
    depth. What is held twice counts once: of memory that several tensors or arrays share, what
    these reach, at most the whole. A plain number counts one, a truth value none, and bytes count
    each. The card is left out. Not seen: module-level variables, files, text.

    Raises:
        PluginError: something that it holds refuses to be looked into.
    """
    count = _Count()
    waiting = [*_class_attributes(generator), generator]
    seen: dict[int, object] = {}  # held, so that no id is given twice
    while waiting:
        value = waiting.pop()
        try:
            if id(value) in seen and not isinstance(value, int | float | complex):
                continue
            seen[id(value)] = value
            waiting.extend(count.of(value))
        except Exception as error:  # what a plugin holds may answer with anything
            raise PluginError(
                f"the numbers that fit kept cannot be counted: a {type(value).__name__} that it "
                f"holds raised {type(error).__name__}: {error}",
                where=f"generator {type(generator).__name__}",
                fix="hold plain tensors or arrays instead, or report it if these are",
            ) from error
    return count.total


@dataclass
class _Count:
    """Numbers met so far.

    Attributes:
        plain: outside tensors and arrays.
        memory: of each piece of memory, by where it begins: elements it has room for, and those
            of each different view of it.
    """

    plain: int = 0
    memory: dict[int, tuple[int, dict[object, int]]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.plain + sum(
            min(room, sum(views.values())) for room, views in self.memory.values()
        )

    def of(self, value: object) -> Iterator[object]:
        """Count what ``value`` is itself, and give what it leads to."""
        if value is None or isinstance(value, (bool, str, *_OPAQUE)):
            return
        if isinstance(value, Elsewhere):
            self.plain += value.numbers
        elif isinstance(value, Tensor):
            yield from self._tensor(value)
        elif isinstance(value, np.ndarray):
            yield from self._array(value)
        elif isinstance(value, int | float | complex | np.number):
            self.plain += 1
        elif isinstance(value, memoryview):
            self.plain += value.nbytes // value.itemsize
        elif isinstance(value, bytes | bytearray | array):
            self.plain += len(value)
        elif isinstance(value, range):
            self.plain += 3
        else:
            yield from _held(value)

    def _tensor(self, value: Tensor) -> Iterator[object]:
        yield from vars(value).values()
        if value.layout is not torch.strided:
            yield from _parts(value)
            return
        storage = value.untyped_storage()
        if value.device.type != "meta":
            place = storage.data_ptr() or id(storage)
            view = (value.data_ptr(), tuple(value.shape), value.stride())
            self._view(place, storage.nbytes() // value.element_size(), view, value.numel())

    def _array(self, value: np.ndarray) -> Iterator[object]:
        if value.dtype.hasobject:
            yield from value.ravel().tolist()
            return
        whole = value
        while isinstance(whole.base, np.ndarray):
            whole = whole.base
        view = (
            value.ctypes.data,
            value.shape,
            tuple(each // value.itemsize for each in value.strides),
        )
        self._view(whole.ctypes.data, max(whole.nbytes // value.itemsize, 1), view, value.size)

    def _view(self, place: int, room: int, view: object, size: int) -> None:
        known, views = self.memory.get(place, (0, {}))
        views[view] = size
        self.memory[place] = (max(room, known), views)


def _parts(sparse: Tensor) -> Iterator[Tensor]:
    """The dense tensors that a sparse one is made of."""
    if sparse.layout is torch.sparse_coo:
        yield from (sparse._indices(), sparse._values())
        return
    for name in ("crow_indices", "col_indices", "ccol_indices", "row_indices", "values"):
        try:
            yield getattr(sparse, name)()
        except (AttributeError, RuntimeError):
            continue


def _held(value: object) -> Iterator[object]:
    """What anything but an array leads to."""
    if isinstance(value, dict | types.MappingProxyType):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset | deque):
        yield from value
    if isinstance(value, partial):
        yield from (value.func, value.args, value.keywords)
    if isinstance(value, types.MethodType):
        yield from (value.__self__, value.__func__)
    if isinstance(value, types.FunctionType):
        yield from (value.__defaults__, value.__kwdefaults__)
        yield from (cell.cell_contents for cell in value.__closure__ or () if _filled(cell))
    yield from getattr(value, "__dict__", {}).values()
    for kind in type(value).__mro__:
        names = vars(kind).get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            yield getattr(value, name, None)


def _filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018  (an empty one raises)
    except ValueError:
        return False
    return True


def _class_attributes(generator: object) -> Iterator[object]:
    """Values that the generator's classes hold, except for their methods and descriptors."""
    for kind in type(generator).__mro__:
        if kind.__module__.partition(".")[0] in {"builtins", "typing", "torch", "abc"}:
            continue
        for name, value in vars(kind).items():
            own = isinstance(value, Tensor | np.ndarray | dict | list | tuple | set)
            if own and not name.startswith("__"):
                yield value
