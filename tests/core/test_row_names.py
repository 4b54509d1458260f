from __future__ import annotations

import pytest

from synact_bench.core import row_names


@pytest.mark.parametrize("name", row_names.RESERVED)
def test_a_reserved_name_is_taken_whoever_asks(name: str) -> None:
    whose = row_names.RESERVED[name]
    assert row_names.clash(name, {}) == f"{name!r} is the name of {whose}"


def test_names_differ_by_more_than_dots_and_dashes() -> None:
    taken = {"known": "a friend"}
    assert row_names.clash("kno.w-n", taken) == (
        "'kno.w-n' is the name of a friend (too like 'known')"
    )
    assert row_names.clash("known2", taken) == ""
