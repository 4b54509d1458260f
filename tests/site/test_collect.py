from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synact_bench.core.curves import SCORED
from synact_bench.core.experiments import GAUSSIAN, REAL, REFERENCE, find_preset
from synact_bench.generators import module_of
from synact_bench.reports.board import WANTED
from synact_bench.reports.comparable import Cells
from synact_bench.reports.declared import preset_changed, suite_of
from synact_bench.reports.glance import PANELS, Glance, Quartiles
from synact_bench.site.collect import collect
from synact_bench.site.curves import at_scored, row_curves
from synact_bench.site.distributions import histogram
from synact_bench.site.pages import GeneratorPage, RowOnTestbed, WholeSite
from synact_bench.site.rows import code, where_each
from synact_bench.testbeds import spec, suites
from tests.helpers import boards, cells
from tests.helpers.boards import short_floors
from tests.helpers.sites import HOSTILE, stored, toy


@pytest.fixture(scope="module")
def site() -> WholeSite:
    return toy()


def page(site: WholeSite, name: str) -> GeneratorPage:
    return next(each for each in site.generators if each.page.text == name)


def on(site: WholeSite, name: str, key: str) -> RowOnTestbed:
    return next(each for each in page(site, name).testbeds if each.column.key == key)


@pytest.mark.parametrize("clear", ["deep", "shallow"])
def test_the_picture_is_of_the_testbed_on_which_it_is_seen_best(
    clear: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(arranged: Cells) -> Glance:
        (cell, *_) = next(iter(arranged.values())).values()
        height = float(cell.record.identity.testbed.startswith(clear))
        flat, high = (Quartiles(*np.full((4, 2), each)) for each in (0.0, height))
        return Glance(((flat, high),) * len(PANELS))

    monkeypatch.setattr(Glance, "of", seen)
    with short_floors():
        assert collect(stored(), replicates=50).picture_of.startswith(clear)


def test_every_row_of_every_testbed_has_its_page(site: WholeSite) -> None:
    shown = {row.page.text for suite in site.suites for row in suite.rows}
    assert {each.page.text for each in site.generators} == shown
    assert set(HOSTILE) | {"near", "twin", "gaussian", "wrong-prompt"} <= shown
    assert len({each.page.href for each in site.generators}) == len(site.generators)
    assert [each.column.key for each in site.testbeds] == ["deep-24", "shallow", "deep-26"]
    assert [len(each.rows) for each in site.saes] == [3]


def test_a_row_of_each_testbed_has_a_mean_over_them_and_another_says_why_not(
    site: WholeSite,
) -> None:
    (suite, alone) = site.suites
    rows = {row.page.text: row for row in suite.rows}
    near = rows["near"]
    assert near.overall is not None
    values = [near.standings[key].score.value for key in ("shallow", "deep-24")]
    assert near.overall.score.value == pytest.approx(np.mean(values))
    assert near.overall.score.low < near.overall.score.value < near.overall.score.high
    lacking = rows[HOSTILE[1]].overall
    assert lacking.score.value is None
    assert lacking.score.reason == "measured on 1 of 2 testbeds"
    assert all(row.overall is None for row in alone.rows)
    assert alone.mean


def test_rows_that_cannot_be_told_apart_share_a_rank_and_say_with_whom(site: WholeSite) -> None:
    near = on(site, "near", "deep-24").standing.rank
    assert (near.place, near.tied) == (1, ("twin",))
    assert on(site, "twin", "deep-24").standing.rank.tied == ("near",)
    far = on(site, "far", "deep-24").standing.rank
    assert far.place > 2
    assert far.tied == ()


def test_a_flagged_row_has_no_rank_and_its_numbers_are_given(site: WholeSite) -> None:
    found = on(site, "echo", "shallow").standing
    assert found.rank.place is None
    assert found.rank.reason == "flagged: near-duplicate"
    assert found.flags == ("near-duplicate: 50 % of its activations, real 1 %",)


def test_the_second_row_says_why_it_is_not_first(site: WholeSite) -> None:
    led = {(each.where.key, each.track): each for each in site.suites[0].leaders if each.where}
    found = led["deep-24", "unconditional"]
    assert {each.text for each in found.first} == {"near", "twin"}
    assert found.second.text == "synthetic-structured-other"
    assert found.why.startswith("2 rows are significantly better; realism ")


def test_the_second_row_over_all_testbeds_says_where_it_is_farthest_behind_and_by_what(
    site: WholeSite,
) -> None:
    (found,) = (
        each
        for each in site.suites[0].leaders
        if each.where is None and each.track == "unconditional"
    )
    assert found.why.startswith("2 rows are significantly better; mean realism ")
    best = max(
        (page(site, each.text) for each in found.first),
        key=lambda each: each.overall[0].standing.score.value,
    )
    own = page(site, found.second.text)
    (over,) = own.overall
    assert f"{over.standing.score.value:.2f}, that of {best.page.text} " in found.why
    behind = {
        one.column.key: one.standing.score.value - each.standing.score.value
        for one in best.testbeds
        for each in own.testbeds
        if each.column.key == one.column.key and each.column.key != "deep-26"
    }
    farthest = on(site, own.page.text, max(behind, key=lambda each: behind[each]))
    assert found.why.endswith(f"farthest behind on {farthest.column.page.text}: {farthest.verdict}")
    assert over.why == found.why
    assert all(each.why == "" for each in page(site, best.page.text).overall)


def test_every_row_says_when_it_was_measured(site: WholeSite) -> None:
    for each in site.generators:
        for own in each.testbeds:
            if each.page.text != "wrong-prompt":
                assert re.fullmatch(r"\d{4}-\d\d-\d\d, release .+", own.dated)
            else:
                assert own.dated == ""


def test_code_is_where_a_row_of_this_package_is_made() -> None:
    root = Path(__file__).parents[2]
    rows = {row.name: row for row in boards.whole().rows}
    assert (
        code(rows["gaussian"], module_of) == ""
    )  # of cells out of thin air, which state a plugin's digest
    for name in ("gaussian", "synthetic-structured", "real-holdout", "wrong-prompt"):
        own = rows[name].identity.model_copy(update={"source_digest": ""})
        found = code(replace(rows[name], identity=own), module_of)
        assert (root / found).is_file(), name
        assert Path(found).stem in {"gaussian", "structured", "design", "curve_sample"}


def test_a_suite_that_is_built_in_is_called_by_its_name() -> None:
    (suite, *_) = suites.suites().values()
    setting = boards.few().setting
    known = [spec.catalog()[name] for name in suite.testbeds]
    others = [replace(setting, testbed=f"{each.name}@1") for each in known]
    settings = [
        replace(setting, testbed=f"{each.name}@1", testbed_digest=each.digest) for each in known
    ]
    assert suite_of(others) is None
    assert suite_of(settings) == suite
    assert suite_of(settings[1:]) is None


def test_what_was_measured_before_a_newer_version_is_archived(site: WholeSite) -> None:
    (found,) = site.archive
    assert (found.name, found.version, found.created) == ("mid", "0", "2023-01-01")
    assert found.testbed == found.page.text == "deep (24 bases)"
    assert site.measured[0].created >= site.measured[-1].created


def test_a_row_is_drawn_where_it_was_measured_and_the_derived_one_nowhere(site: WholeSite) -> None:
    assert on(site, "near", "shallow").data in site.curves
    assert f"data/rows/shallow/{REFERENCE}.js" in site.curves
    assert on(site, "wrong-prompt", "shallow").data == ""
    drawn = site.curves["data/rows/shallow/near.js"].drawn
    assert [each.cell for each in drawn.cells] == ["/".join(cell) for cell in WANTED]
    assert drawn.telling
    assert all(len(each.real) == len(REAL) for each in drawn.telling)


def test_curves_are_means_and_bands_of_the_whole_paths() -> None:
    given = cells.cell("near", refined=10)
    drawn = row_curves("near", {given.name: {"near": given}})
    (found,) = drawn.cells
    whole = given.table.curves.l2[:10].astype(float)
    assert found.paths == 10
    np.testing.assert_allclose(found.l2.mean, whole.mean(axis=0), rtol=1e-3)
    np.testing.assert_allclose(found.l2.low, np.percentile(whole, 10, axis=0), rtol=1e-3)
    few = at_scored(found)
    np.testing.assert_allclose(few.percent, 100 * np.array(SCORED))
    assert few.l2.mean[-1] == found.l2.mean[-1]


def test_the_share_of_interpolated_points_is_known() -> None:
    given = cells.cell("near", refined=10)
    assert row_curves("near", {given.name: {"near": given}}).cells[0].interpolated == 0
    partly = cells.partly_run(given)
    (found,) = row_curves("near", {partly.name: {"near": partly}}).cells
    filled = partly.table.curves.interpolated[partly.table.curves.whole]
    assert found.interpolated == pytest.approx(filled.mean(), rel=1e-3)
    assert 0 < found.interpolated < 1
    scored = partly.table.curves.at(SCORED)
    assert not scored.interpolated.any()


def test_what_differs_between_testbeds_is_said_of_each() -> None:
    assert where_each([("a", "1"), ("b", "1")]) == "1"
    found = where_each([("a", "1"), ("b", ""), ("c", "1")])
    assert found == "1 (on a, c); none (on b)"
    with short_floors():
        made = collect(
            [
                *cells.whole_board(cells.FEW, testbed="a@1", parameters={"k": 1}),
                *cells.whole_board(cells.FEW, testbed="b@1", parameters={"k": 2}),
            ],
            replicates=boards.REPLICATES,
        )
    card = dict(page(made, "gaussian").card)
    assert card["parameters"] == "k=1 (on a); k=2 (on b)"
    assert card["version"] == "1"


def test_of_too_few_documents_curves_are_drawn_and_no_number_is_shown() -> None:
    made = collect(cells.whole_board(cells.FEW, documents=3), replicates=boards.REPLICATES)
    (found,) = page(made, "gaussian").testbeds
    assert found.data in made.curves
    assert found.standing.score.value is None
    assert (found.cells, found.distributions, found.metrics) == ((), (), ())


def test_a_row_without_whole_paths_is_not_drawn() -> None:
    given = cells.cell("near", refined=0)
    assert row_curves("near", {given.name: {"near": given}}).cells == ()


def test_a_histogram_has_the_shares_of_defined_values() -> None:
    found = histogram("near", np.array([0.1, 0.1, 0.9, 0.4]), np.array([0.0, 0.5, 1.0]))
    assert found.shares == (0.75, 0.25)
    assert found.median == pytest.approx(0.25)
    assert histogram("none", np.array([]), np.array([0.0, 0.5, 1.0])).shares == (0.0, 0.0)


def test_distributions_stand_before_real_and_gaussian(site: WholeSite) -> None:
    for each in on(site, "near", "shallow").distributions:
        assert [one.who for one in each.histograms] == ["near", REFERENCE, GAUSSIAN]


def test_the_command_measures_the_row_again(site: WholeSite) -> None:
    built_in = on(site, "real-holdout", "shallow").command
    assert built_in == "synact-bench run --testbed runs/shallow/testbed.toml --preset tiny --seed 0"
    plugin = on(site, "near", "shallow").command
    assert plugin == f"{built_in} --generator '<your module>:<your class>'"


def test_a_preset_that_has_changed_since_is_said_to_have() -> None:
    board = boards.few()
    assert preset_changed(board) == ""  # of a preset that is none of ours, nothing is known
    asked = find_preset("standard")
    now = replace(board.setting, preset=asked.name, bases=asked.bases, points=asked.points)
    assert preset_changed(replace(board, setting=now)) == ""
    then = replace(board, setting=replace(now, bases=400))
    assert preset_changed(then).startswith("These cells are of 400 bases at 51 points; the preset")
