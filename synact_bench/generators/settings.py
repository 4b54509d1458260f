"""Settings of a card, brought to what a record can store: numbers, texts, True and False."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import PurePath

from pydantic import ValidationInfo

from synact_bench.core.errors import PluginError

WIDEST = 1024
"""Bits of a whole number: what has more is infinite to most that read JSON."""


def plain(parameters: object, info: ValidationInfo) -> object:
    """The settings of a card without types of other libraries; what is no mapping is left alone.

    Scalars of numpy and torch become the numbers that they hold, and paths texts. Tuples, lists and
    arrays become the text that JSON has for them, such as ``[1, 2]``.

    Raises:
        PluginError: a setting is none of these, or no record could hold it; the message names it.
    """
    if not isinstance(parameters, Mapping):
        return parameters
    where = f"card of {info.data.get('name', 'a generator')}"
    found = {name: _plain(value, name, where=where) for name, value in parameters.items()}
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        for name, value in found.items()
    }


def _plain(value: object, name: object, *, where: str) -> object:
    """A setting as a number, a text, True or False, or a list of these and of such lists."""
    if isinstance(value, PurePath):
        value = value.as_posix()
    elif hasattr(value, "tolist"):  # of numpy or torch, which are not imported for this
        value = value.tolist()
    if isinstance(value, (tuple, list)):
        return [_plain(each, name, where=where) for each in value]
    what = _unstorable(value)
    if what:
        raise PluginError(
            f"parameter {name!r} is {what}",
            where=where,
            fix="give a number, a text, True, False or a list of these, or leave it out",
        )
    return value


def _unstorable(value: object) -> str:
    """What keeps a value out of a record; empty if nothing does."""
    if not isinstance(value, (str, int, float)):
        return "None" if value is None else f"a {type(value).__name__}"
    if isinstance(value, str):
        broken = any("\ud800" <= each <= "\udfff" for each in value)
        return "a text that is no Unicode (a lone surrogate)" if broken else ""
    if isinstance(value, int):
        return f"a number of {value.bit_length()} bits" if value.bit_length() > WIDEST else ""
    return "" if math.isfinite(value) else str(value)
