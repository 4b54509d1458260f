from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

import pytest

from synact_bench import metrics
from synact_bench.activations import RealActivations
from synact_bench.dictionary import Dictionary
from synact_bench.errors import PluginError
from synact_bench.experiments import (
    CONTROLS,
    EXPERIMENTS,
    FLOORS,
    HOLDOUT,
    LADDER,
    NATIVE,
    PRESETS,
    REFERENCE,
    SCALE,
    ZERO,
)
from synact_bench.generators import BUILTINS, discovery
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.source import modules_digest
from synact_bench.harness import plan
from synact_bench.harness.plan import CellPlan
from synact_bench.metrics import metrics_for
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import HubText
from tests.helpers.cells import DRAWS, planned_cells


class Fixed:
    def __init__(self, name: str = "fixed", **facts: object) -> None:
        fields = {"name": name, "version": "3", "track": "unconditional"}
        self.card = GeneratorCard.model_validate(fields | facts)

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: object) -> None: ...

    def generate(self, n: int, *, rng: object) -> None: ...


def planned(
    *generators: Fixed, seed: int = 0, preset: str = "smoke", diagnostic: bool = False
) -> list[CellPlan]:
    testbed = spec.find("smollm2-135m")
    rows = plan.entries(generators)
    return plan.wanted(testbed, PRESETS[preset], seed, rows, diagnostic=diagnostic)


def test_drawn_rows_come_first_and_generators_in_the_given_order() -> None:
    rows = plan.entries([Fixed("b"), Fixed("a")])
    drawn = [REFERENCE, *FLOORS, ZERO, HOLDOUT, NATIVE]
    assert [row.name for row in rows] == [*drawn, "b", "a"]
    assert [row.row.kind for row in rows] == ["draw"] * len(drawn) + ["generator"] * 2
    assert {row.row.track for row in rows} == {None, "unconditional"}


@pytest.mark.parametrize("name", [*DRAWS, "twice"])
def test_two_rows_of_one_name_are_refused(name: str) -> None:
    with pytest.raises(PluginError, match=f"another row of the board is called '{name}'"):
        plan.entries([Fixed("twice"), Fixed(name)])


@pytest.mark.parametrize("name", LADDER)
def test_a_generator_called_like_a_rung_of_the_ladder_is_refused(name: str) -> None:
    with pytest.raises(
        PluginError, match=f"Fixed: a rung of the built-in ladder is called '{name}'"
    ):
        plan.entries([Fixed(name)])
    builtin = plan.entries([discovery.find(name)()])[-1]
    assert builtin.identity.name == name


def test_a_generator_s_card_becomes_its_row_and_identity() -> None:
    card = {"authors": ("A. Author",), "summary": "Nothing.", "parameters": {"k": 2}}
    entry = plan.entries([Fixed(**card)])[-1]
    assert entry.row.authors == ("A. Author",)
    assert entry.row.summary == "Nothing."
    assert entry.identity.version == "3"
    assert entry.identity.parameters == {"k": 2}
    assert len(entry.identity.source_digest) == 64


def test_every_cell_of_a_board_is_planned_once() -> None:
    cells = planned(Fixed())
    paths = [(each.name, path) for each in EXPERIMENTS.values() for path in each.paths]
    seen = [(cell.entry.name, cell.experiment.name, cell.path) for cell in cells]
    for name in (*SCALE, HOLDOUT, "fixed"):
        assert [rest for row, *rest in seen if row == name] == [list(pair) for pair in paths]
    assert {experiment for row, experiment, _ in seen if row == NATIVE} == {"plateau"}
    assert len(seen) == planned_cells(1)
    assert len(set(seen)) == len(seen)
    assert len({cell.identity.id for cell in cells}) == len(cells)


def test_what_was_asked_for_is_in_the_identity() -> None:
    cell = planned(Fixed(), seed=5, preset="quick")[-1]
    testbed = spec.find("smollm2-135m")
    assert cell.identity.testbed == testbed.identity
    assert cell.identity.testbed_digest == testbed.digest
    assert (cell.identity.seed, cell.identity.preset) == (5, "quick")
    assert (cell.identity.bases, cell.identity.points) == (40, 33)
    assert cell.label == "fixed plateau scaled"


def test_only_the_metrics_of_its_experiment_and_path_are_in_a_cell_s_identity() -> None:
    for cell in planned(Fixed()):
        own = metrics_for(cell.experiment.name, cell.path)
        assert cell.identity.metrics == {name: each.version for name, each in own.items()}
    seen = {cell.experiment.name: set(cell.identity.metrics) for cell in planned(Fixed())}
    assert "step_sharpness" in seen["sensitivity"] - seen["plateau"]
    assert "plateau_width" in seen["plateau"] - seen["sensitivity"]


def test_a_new_version_of_a_metric_leaves_the_cells_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ids() -> dict[str, str]:
        return {cell.label: cell.identity.id for cell in planned(Fixed())}

    before = ids()
    newer = dataclasses.replace(metrics.METRICS["rise_width"], version="999")
    monkeypatch.setattr(metrics, "METRICS", dict(metrics.METRICS) | {"rise_width": newer})
    changed = {label for label, id_ in ids().items() if id_ != before[label]}
    assert changed == {label for label in before if " sensitivity " in label}


@pytest.mark.parametrize("module", plan.TRIAL_MODULES)
def test_another_way_to_draw_the_trial_makes_other_cells(
    module: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = importlib.import_module(module)
    source = Path(str(found.__file__)).read_text(encoding="utf-8")
    edited = tmp_path / "edited.py"
    monkeypatch.setattr(found, "__file__", str(edited))

    def trials(text: str) -> set[str]:
        edited.write_text(text, encoding="utf-8")
        return {cell.identity.trial for cell in planned(Fixed())}

    (before,) = trials(source)
    assert trials(f'{source}\n# A remark.\n"""Words."""\n') == {before}
    (after,) = trials(f"{source}\nchanged = True\n")
    assert after != before


def test_what_cuts_windows_and_reads_rows_counts_where_it_decides_prompts() -> None:
    plain = spec.find("smollm2-135m")
    assert plan.trial_modules(plain) == plan.TRIAL_MODULES
    with_bos = plain.model_copy(update={"bos": True})
    assert plan.trial_modules(with_bos) == (*plan.TRIAL_MODULES, *plan.WITH_BOS)
    hub = spec.find("gpt2-small")
    assert plan.trial_modules(hub) == (*plan.TRIAL_MODULES, *plan.FROM_HUB)
    rows = HubText(kind="hub-text", name="org/rows", rows=5)
    assert plan.trial_modules(plain.model_copy(update={"text": rows}))[-1:] == plan.FROM_HUB
    for testbed in (plain, with_bos, hub):
        (cell, *_) = plan.wanted(testbed, PRESETS["smoke"], 0, plan.entries([Fixed()]))
        assert cell.identity.trial == modules_digest(plan.trial_modules(testbed))


def test_diagnostic_paths_are_planned_on_demand_for_draws_and_controls_alone() -> None:
    rows = (Fixed(), Fixed("gaussian"))
    scored = [cell.label for cell in planned(*rows)]
    whole = planned(*rows, diagnostic=True)
    further = [cell for cell in whole if cell.path in cell.experiment.diagnostic_paths]
    assert [cell.label for cell in whole if cell not in further] == scored
    seen = {(cell.entry.name, cell.experiment.name, cell.path) for cell in further}
    assert seen == {
        (row, experiment.name, path)
        for experiment in EXPERIMENTS.values()
        for path in ("spherical", "mixture")
        for row in (*experiment.draws, "gaussian")
    }
    assert len({cell.identity.id for cell in whole}) == len(whole)


def test_what_is_a_row_of_a_trial_and_what_a_generator_s_is_known_by_name() -> None:
    drawn = {name for each in EXPERIMENTS.values() for name in each.draws}
    assert not drawn & BUILTINS.keys()
    assert set(CONTROLS) <= drawn | BUILTINS.keys()


def test_the_built_in_generators_fit_on_one_board() -> None:
    rows = plan.entries([build() for build in BUILTINS.values()])
    assert len({row.name for row in rows}) == len(BUILTINS) + len(DRAWS)
