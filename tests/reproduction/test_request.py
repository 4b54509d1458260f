from __future__ import annotations

from collections import Counter
from pathlib import Path

from synact_bench.experiments import DENSE, PRESETS, SCALE
from synact_bench.harness.request import Request
from synact_bench.reproduction.findings import wanted_rows
from synact_bench.reproduction.published import published
from synact_bench.reproduction.request import request, wanted
from synact_bench.testbeds import spec


def test_the_papers_testbed_needs_what_was_published_and_no_more(tmp_path: Path) -> None:
    plans = wanted(request(spec.find("gpt2-small"), 1000, runs=tmp_path, device="cpu"))
    cells = {(plan.entry.name, (plan.experiment.name, plan.path)) for plan in plans}
    assert cells == {
        (row, (column.experiment, column.path))
        for column in published().columns
        for row in column.figures
    }
    assert ("sae-reconstruction", ("plateau", "absolute")) not in cells
    assert {plan.identity.points for plan in plans} == {101}
    assert {plan.identity.bases for plan in plans} == {1000}
    assert {plan.identity.engine for plan in plans} == {DENSE}


def test_other_testbeds_need_the_scale_and_every_path_that_realism_is_a_mean_over(
    tmp_path: Path,
) -> None:
    plans = wanted(request(spec.find("smollm2-135m"), 1000, runs=tmp_path, device="cpu"))
    rows = Counter(plan.entry.name for plan in plans)
    assert rows == dict.fromkeys((*SCALE, *wanted_rows()), 5)


def test_the_published_number_of_prompts_shares_the_cells_of_the_full_preset(
    tmp_path: Path,
) -> None:
    asked = request(spec.find("gpt2-small"), 1000, runs=tmp_path, device="cpu")
    full = Request.resolve(testbed="gpt2-small", preset="full", dense=True, runs=tmp_path)
    assert asked.folder == full.folder
    stored = {plan.identity.id for plan in full.plans}
    assert {plan.identity.id for plan in wanted(asked)} <= stored


def test_any_other_number_has_a_folder_of_its_own(tmp_path: Path) -> None:
    asked = request(spec.find("gpt2-small"), 30, runs=tmp_path, device="cpu")
    assert asked.folder == tmp_path / "gpt2-small" / "paper-30" / "seed-0-dense"
    assert {plan.identity.bases for plan in wanted(asked)} == {30}
    assert asked.preset.points == PRESETS["full"].points
