from __future__ import annotations

import pytest

from synact_bench.core import row_names
from synact_bench.generators import discovery


@pytest.mark.parametrize("name", row_names.RESERVED)
def test_a_reserved_name_is_taken_whoever_asks(name: str) -> None:
    whose = row_names.RESERVED[name]
    assert row_names.clash(name, {}) == f"{name!r} is the name of {whose}"


@pytest.mark.parametrize(("old", "new"), row_names.RENAMED.items())
def test_a_row_that_was_renamed_is_found_and_seeded_by_its_old_name(old: str, new: str) -> None:
    assert row_names.present(old) == row_names.present(new) == new
    assert row_names.first(new) == row_names.first(old) == old
    assert discovery.find(old)().card == discovery.find(new)().card
    assert discovery.is_own(old)
    assert old not in discovery.names()
    assert row_names.clash(old, {}) == f"{old!r} is the name of a row of the benchmark, once"


def test_other_rows_have_one_name() -> None:
    assert row_names.present("gaussian") == row_names.first("gaussian") == "gaussian"


def test_names_differ_by_more_than_dots_and_dashes() -> None:
    taken = {"known": "a friend"}
    assert row_names.clash("kno.w-n", taken) == (
        "'kno.w-n' is the name of a friend (too like 'known')"
    )
    assert row_names.clash("known2", taken) == ""
