"""Plain data: a board as nothing but dicts, lists, strings and numbers."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel

from synact_bench.scoring import CellName, Estimate

DIGITS = 6
"""Significant digits of every number."""


def to_json(value: Any) -> str:
    """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
    return json.dumps(plain(value), sort_keys=True, indent=1, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Dataclasses and models as dicts; a cell is named experiment/path.

    A dataclass that lists properties as ``derived`` has them beside its fields, and lacks a field
    that it lists as ``unless_empty`` where it is.

    An estimate is its value and the ends of its interval. Arrays, such as replicates, are left out:
    they are no results.
    """
    if isinstance(value, Estimate):
        low, high = value.interval or (None, None)
        return {"value": plain(value.value), "low": plain(low), "high": plain(high)}
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        names += getattr(value, "derived", ())
        found = {name: getattr(value, name) for name in names}
        for name in getattr(value, "unless_empty", ()):
            if not found[name]:
                del found[name]
        return {
            name: plain(each) for name, each in found.items() if not isinstance(each, np.ndarray)
        }
    if isinstance(value, CellName):
        return "/".join(value)
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {
            plain(key) if isinstance(key, CellName) else key: plain(each)
            for key, each in value.items()
        }
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    finite = isinstance(value, float) and math.isfinite(value)
    return float(f"{value:.{DIGITS}g}") if finite else value
