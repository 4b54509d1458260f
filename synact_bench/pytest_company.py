"""How the pytest plugin lives with others: warnings, second runs of an item, option names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from synact_bench.errors import SynactError

SHARED = re.compile(
    "(?<![-\\w])--(?=(?:testbed|preset|generator|seed|text|runs|dense|precision|device)(?![-\\w]))"
)
"""Options of ``synact-bench run`` that pytest has too, by another name."""
Properties = list[tuple[str, object]]
_TOLD: pytest.StashKey[Properties] = pytest.StashKey()


def message(error: SynactError) -> str:
    """An error with the options that pytest has; a command that it advises stays as it is."""
    words = str(error)
    return words if "synact-bench " in words else SHARED.sub("--synact-", words)


def begin(item: pytest.Item) -> None:
    """Forget what an earlier run of the item told: a plugin that repeats it leaves that there."""
    earlier = item.stash.get(_TOLD, [])
    item.user_properties[:] = [each for each in item.user_properties if each not in earlier]
    item.stash[_TOLD] = []


def tell(item: pytest.Item, properties: Properties) -> None:
    """Add properties to the reports of an item."""
    item.user_properties += properties
    item.stash.setdefault(_TOLD, []).extend(properties)


@contextmanager
def libraries_may_warn() -> Iterator[None]:
    """Show warnings that ``-W error`` makes errors of: they are of libraries that cells need."""
    with warnings.catch_warnings():
        if any(action == "error" for action, *_ in warnings.filters):
            warnings.simplefilter("default")
        yield
