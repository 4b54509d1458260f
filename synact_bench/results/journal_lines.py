"""Lines of a journal that say what their event says: a log may be cut, or a stranger's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

Amount = Annotated[float, Field(strict=True, ge=0, le=1e12, allow_inf_nan=False)]
"""Seconds: of thirty thousand years at most."""
Count = Annotated[int, Field(strict=True, ge=0, le=10**15)]
"""Points, or bytes. Strict, as seconds are: a text such as "1.0" is a number to pydantic alone."""


class _Line(BaseModel):
    memory: Count | None = None


class _Unit(BaseModel):
    id: str
    row: str
    cells: tuple[str, ...]


class _Started(_Line):
    units: tuple[_Unit, ...]
    arguments: tuple[str, ...] | None


class _Timed(_Line):
    seconds: Amount


class _Fitted(_Timed):
    row: str


class _Cell(_Timed):
    points: Count


class _Ended(_Line):
    error: str


class _Failed(_Ended):
    unit: str | None = None


EVENTS: Mapping[str, type[_Line]] = {
    "started": _Started,
    "opened": _Timed,
    "fitted": _Fitted,
    "cell": _Cell,
    "failed": _Failed,
    "stopped": _Ended,
}
"""What a line of each event must say, beside whatever else it says."""


def whole(lines: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The lines whose fields are what their event has; the others are passed over."""
    return (each for each in lines if _is_whole(each))


def _is_whole(line: Mapping[str, Any]) -> bool:
    event = line.get("event")
    if not isinstance(event, str):
        return False
    try:
        EVENTS.get(event, _Line).model_validate(line)
    except ValidationError:
        return False
    return True
