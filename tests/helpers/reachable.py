"""Every number that can be reached from an object without leaving it for a module's globals."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType

import numpy as np
import torch


def reachable_bytes(*roots: object) -> Iterator[bytes]:
    """The whole memory behind each tensor and array that ``roots`` lead to, views or not.

    Followed are attributes, items, closures, defaults and bound methods; classes, modules and a
    function's globals are not, since these hold whatever the process holds.
    """
    waiting, seen = list(roots), {}
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, (type, ModuleType)):
            continue
        seen[id(each)] = each  # kept alive, or its id may be another's
        if isinstance(each, torch.Tensor):
            whole = torch.empty(0, dtype=torch.uint8).set_(each.untyped_storage())
            yield whole.numpy().tobytes()
        elif isinstance(each, np.ndarray):
            yield each.tobytes()
        waiting += _held(each)


def _held(each: object) -> list[object]:
    if isinstance(each, FunctionType):
        parts = (each.__closure__, each.__defaults__, each.__kwdefaults__, vars(each))
        return [part for part in parts if part is not None]
    if isinstance(each, MethodType):
        return [each.__self__, each.__func__]
    if isinstance(each, np.ndarray):
        return [each.base]
    return [*gc.get_referents(each), *getattr(each, "__dict__", {}).values()]
