from __future__ import annotations

from synact_bench.reports.comparable import arrange
from synact_bench.reports.origin import origin
from tests.helpers import cells


def test_equal_provenance_is_said_once_and_times_not_at_all() -> None:
    found = origin(arrange(cells.whole_board()))
    assert found.commits == ("0123abcd",)
    assert found.machines == ("abacus, 2 cores, Linux x86_64, 2 threads",)
    assert found.versions == {"numpy": ("2.4.6",), "torch": ("2.13.0",)}
    assert (found.models, found.saes, found.texts) == (
        ("toy-model==1 cc",),
        ("dd",),
        ("toy-text==1 ee",),
    )


def test_differences_between_cells_are_all_said() -> None:
    given = cells.whole_board()
    changed = {"commit": "ffff", "dirty": True, "threads": 1, "versions": {"numpy": "2.5"}}
    given.append(cells.cell("mean", made=cells.provenance(**changed)))
    found = origin(arrange(given))
    assert found.commits == ("0123abcd", "ffff + changes")
    assert len(found.machines) == 2
    assert found.versions == {"numpy": ("2.4.6", "2.5"), "torch": ("2.13.0",)}


def test_without_a_checkout_there_is_no_commit() -> None:
    made = cells.provenance(commit=None, dirty=None)
    assert origin(arrange(cells.whole_board(made=made))).commits == ()
