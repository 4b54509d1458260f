"""Facts as JSON and back: dataclasses and models of this package, mappings, tuples and arrays.

What is read becomes objects of this package's own classes of facts and nothing else: no code in a
file is run, as that of a pickle would be.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

PACKAGE = "synact_bench."
KINDS = frozenset({"f8", "f4", "i8"})
"""Of arrays, as numpy writes them, whatever the machine's order of bytes: little-endian."""


def dumps(facts: object) -> bytes:
    """Facts as JSON; every bit of a number is kept.

    Raises:
        TypeError: they hold something else than facts.
    """
    return json.dumps(_written(facts), separators=(",", ":")).encode()


def loads(content: bytes) -> Any:
    """The inverse of ``dumps``.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is nothing that it wrote.
    """
    return _read(json.loads(content))


def _written(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
        return value
    if isinstance(value, list):
        return list(map(_written, value))
    if isinstance(value, float):  # of numpy
        return float(value)
    return _tagged(value)


def _tagged(value: Any) -> dict[str, Any]:
    """What JSON has no kind of, with the name of its kind first."""
    found: dict[str, Any]
    if isinstance(value, np.ndarray):
        kind = value.dtype.str[1:]
        if kind not in KINDS:
            raise TypeError(f"an array of {value.dtype} is no fact")
        content = base64.b64encode(value.astype(f"<{kind}").tobytes()).decode()
        found = {"array": kind, "shape": list(value.shape), "bytes": content}
    elif isinstance(value, BaseModel):
        found = {"model": _name(value), "fields": value.model_dump(mode="json")}
    elif dataclasses.is_dataclass(value):
        names = [each.name for each in dataclasses.fields(value)]
        fields = {name: _written(getattr(value, name)) for name in names}
        found = {"class": _name(value), "fields": fields}
    elif type(value) is tuple:
        found = {"tuple": list(map(_written, value))}
    elif isinstance(value, tuple):
        found = {"named": _name(value), "items": list(map(_written, value))}
    elif isinstance(value, Mapping):
        found = {"pairs": [[_written(key), _written(each)] for key, each in value.items()]}
    else:
        raise TypeError(f"{type(value)} is no fact")
    return found


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_read, value))
    if isinstance(value, dict):
        return READ[next(iter(value))](value)
    return value


def _array(value: Mapping[str, Any]) -> NDArray[Any]:
    if value["array"] not in KINDS:
        raise ValueError(f"{value['array']!r} is no kind of number")
    found = np.frombuffer(base64.b64decode(value["bytes"]), f"<{value['array']}")
    return found.astype(value["array"]).reshape(value["shape"])


def _dataclass(value: Mapping[str, Any]) -> Any:
    made = _found(value["class"])
    if not dataclasses.is_dataclass(made):
        raise ValueError(f"{made} is no class of facts")
    return made(**{name: _read(each) for name, each in value["fields"].items()})


def _model(value: Mapping[str, Any]) -> BaseModel:
    made = _found(value["model"])
    if not issubclass(made, BaseModel):
        raise ValueError(f"{made} is no model")
    return made.model_validate(value["fields"])


def _named_tuple(value: Mapping[str, Any]) -> Any:
    made = _found(value["named"])
    if not (issubclass(made, tuple) and hasattr(made, "_fields")):
        raise ValueError(f"{made} has no named fields")
    return made(*map(_read, value["items"]))


READ: Mapping[str, Callable[[Mapping[str, Any]], Any]] = MappingProxyType(
    {
        "array": _array,
        "model": _model,
        "class": _dataclass,
        "tuple": lambda value: tuple(map(_read, value["tuple"])),
        "named": _named_tuple,
        "pairs": lambda value: {_read(key): _read(each) for key, each in value["pairs"]},
    }
)
"""By the name that stands first."""


def _name(value: object) -> str:
    found = type(value)
    if not found.__module__.startswith(PACKAGE):
        raise TypeError(f"{found} is not of this package")
    return f"{found.__module__}:{found.__qualname__}"


@cache
def _found(name: str) -> type[Any]:
    """The class of a name, of this package alone; no module is loaded for the sake of a file."""
    module, _, attribute = name.partition(":")
    if not module.startswith(PACKAGE):
        raise ValueError(f"{name!r} is not of this package")
    found = getattr(sys.modules[module], attribute)
    if not isinstance(found, type) or found.__module__ != module:
        raise ValueError(f"{name!r} is no class")
    return found
