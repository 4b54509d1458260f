from __future__ import annotations

import dataclasses

import numpy as np

from synact_bench.core.experiments import REAL
from synact_bench.regression.comparison import compare
from synact_bench.regression.renewal import renewed
from synact_bench.regression.snapshot import CellNumbers, Snapshot
from synact_bench.regression.verdict import Severity, gravest
from tests.helpers.snapshots import another_version, everywhere, snapshot, with_values

ROW = "synthetic-structured"
STORED = snapshot(*REAL, ROW)


def renew(now: Snapshot, stored: Snapshot = STORED) -> Snapshot:
    return renewed(stored, now, compare(stored, now, where="now"))


def shifted(by: float):
    def change(each: CellNumbers) -> CellNumbers:
        if "plateau_width" not in each.metrics:
            return each
        return with_values(each, "plateau_width", lambda values: values + by)

    return change


def test_after_renewal_the_run_agrees() -> None:
    for change in (shifted(0.3), another_version):
        now = everywhere(STORED, ROW, change)
        assert gravest(compare(STORED, now, where="now")) is not Severity.SAME
        assert gravest(compare(renew(now), now, where="now")) is Severity.SAME


def test_what_rounding_changed_stays_as_it_was() -> None:
    now = everywhere(STORED, ROW, shifted(1e-6))
    found = renew(now)
    for key, numbers in STORED.cells.items():
        assert found.cells[key].sample is numbers.sample


def test_new_rows_are_added_and_others_kept() -> None:
    def rows(snapshot: Snapshot, *names: str) -> Snapshot:
        cells = {key: each for key, each in snapshot.cells.items() if key[0] in names}
        return dataclasses.replace(snapshot, cells=cells)

    found = renew(rows(STORED, "real", ROW), rows(STORED, *REAL))
    assert found.cells.keys() == STORED.cells.keys()
    assert list(found.cells) == sorted(found.cells)


def test_a_rewritten_generator_with_the_same_numbers_leaves_its_new_digest() -> None:
    def rewritten(each: CellNumbers) -> CellNumbers:
        generator = each.generator.model_copy(update={"source_digest": "z"})
        return dataclasses.replace(each, generator=generator)

    found = renew(everywhere(STORED, ROW, rewritten))
    digests = {each.generator.source_digest for key, each in found.cells.items() if key[0] == ROW}
    assert digests == {"z"}
    assert np.all([key in STORED.cells for key in found.cells])
