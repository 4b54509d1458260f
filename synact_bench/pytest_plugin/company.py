"""How the pytest plugin lives with others: warnings, second runs of an item, option names."""

from __future__ import annotations

import re

import pytest

from synact_bench.core.errors import SynactError

OPTION = re.compile("(?<![-\\w])--([a-z][-a-z]*)")
PREFIX = "synact-"
"""Of what pytest calls options of ``synact-bench run``."""
Properties = list[tuple[str, object]]
_TOLD: pytest.StashKey[Properties] = pytest.StashKey()


def message(error: SynactError, config: pytest.Config) -> str:
    """An error with the options that pytest has; a command that it advises stays as it is."""

    def ours(found: re.Match[str]) -> str:
        name = PREFIX + found[1]
        return f"--{name}" if hasattr(config.option, name.replace("-", "_")) else found[0]

    words = str(error)
    return words if "synact-bench " in words else OPTION.sub(ours, words)


def begin(item: pytest.Item) -> None:
    """Forget what an earlier run of the item told: a plugin that repeats it leaves that there."""
    earlier = item.stash.get(_TOLD, [])
    item.user_properties[:] = [each for each in item.user_properties if each not in earlier]
    item.stash[_TOLD] = []


def tell(item: pytest.Item, properties: Properties) -> None:
    """Add properties to the reports of an item."""
    item.user_properties += properties
    item.stash.setdefault(_TOLD, []).extend(properties)
