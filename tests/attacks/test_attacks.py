"""Every attack is caught by all rules that the table names, on the embedded model."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from scipy.stats import spearmanr

from synact_bench.core.errors import PluginError
from synact_bench.core.experiments import HOLDOUT, REAL, RELEASE_SEED, Preset
from synact_bench.engine.sweeper import Sweeper
from synact_bench.generators import discovery
from synact_bench.generators.base import Generator
from synact_bench.metrics import METRICS
from synact_bench.reports import board as boards
from synact_bench.reports.board import Board, BoardRow
from synact_bench.results.record import Inspection
from synact_bench.results.store import Store
from synact_bench.run import plan, runner
from synact_bench.run.design import Design
from synact_bench.run.plan import CellPlan
from synact_bench.run.session import Session
from synact_bench.scoring import CellName
from synact_bench.scoring.estimate import Estimate, mean
from synact_bench.testbeds import spec
from tests.attacks.plugins import (
    ATTACKS,
    FINITE,
    OFFICIAL,
    SEEDS,
    TWO_SIDED,
    Attack,
    attacks,
    seeds,
)
from tests.helpers.progress import Watched

pytestmark = pytest.mark.real_model

TESTBED = spec.find("smollm2-135m")
PRESET = Preset("attacks", bases=32, refined=32)
REPLICATES = 500
FRESH_SEED = 1
PLATEAU = CellName("plateau", "scaled")
HONEST = ("permuted-values-other", "gaussian")
INSPECTED = 400
"""Activations of each attack that its flags are asked of: of fewer, few lie in one cell of
``data-copying``."""
FLAGGED = [name for name, rules in ATTACKS.items() if not rules & {FINITE, TWO_SIDED, OFFICIAL}]
LOW = [name for name, rules in ATTACKS.items() if TWO_SIDED in rules]
REFUSED = [name for name, rules in ATTACKS.items() if FINITE in rules]
WHOLE = {*REAL, HOLDOUT, HONEST[0], FLAGGED[0], *LOW}
"""Rows measured in every cell; of the others one is enough."""


@pytest.fixture(scope="module")
def session() -> Session:
    opened = runner.prepare(TESTBED, PRESET, RELEASE_SEED, split="release")
    assert len(opened.subject.test_pool)  # its file is there before a plugin looks for it
    return opened


def planned(
    generators: Sequence[Generator], *, whole: Collection[str] = (), seed: int = RELEASE_SEED
) -> list[CellPlan]:
    """Cells of the draws and of some generators: all of rows in ``whole``, else one."""
    rows = [row for row in plan.entries(generators) if row.name != "real-native"]
    return [
        cell
        for cell in plan.wanted(TESTBED, PRESET, seed, rows)
        if cell.entry.name in whole or (cell.experiment.name, cell.path) == PLATEAU
    ]


def built(plans: Sequence[CellPlan], session: Session, folder: Path) -> Board:
    store = Store(folder)
    runner.run(plan.missing(plans, store), store, lambda: session, Watched())
    return boards.build([store.cell(cell.identity) for cell in plans], replicates=REPLICATES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacks")


@pytest.fixture(scope="module")
def board(session: Session, folder: Path) -> Board:
    generators = [discovery.find(name)() for name in HONEST]
    generators += [attack for attack, rules in attacks() if FINITE not in rules]
    plans = planned(generators, whole=WHOLE)
    return built(plans, session, folder)


def row_of(board: Board, name: str) -> BoardRow:
    return next(row for row in board.rows if row.name == name)


def overall(board: Board, name: str) -> Estimate:
    estimate = row_of(board, name).realism.estimate
    assert estimate is not None
    return estimate


def width(board: Board, name: str) -> float:
    found = row_of(board, name).metrics[PLATEAU]["plateau_width"].mean
    assert found is not None
    return found


def attack_of(name: str) -> Attack:
    return next(attack for attack, _ in attacks() if attack.card.name == name)


def test_every_attack_of_the_table_is_tested() -> None:
    assert {*FLAGGED, *LOW, *REFUSED, "best-of-many-seeds"} == set(ATTACKS)


@pytest.mark.parametrize("name", FLAGGED)
def test_a_copy_or_a_collapse_breaks_all_its_rules(session: Session, name: str) -> None:
    attack, rng = attack_of(name), torch.Generator().manual_seed(0)
    conditioned = attack.card.track == "conditioned"
    shown = session.subject.test_pool[:INSPECTED]
    attack.fit(session.subject.train, session.subject.dictionary, rng=rng)
    made = attack.generate(shown if conditioned else INSPECTED, rng=rng)
    found = session.inspector.inspect(made, shown=shown if conditioned else None, drawn=False)
    assert ATTACKS[name] <= set(found.flags)


@pytest.mark.parametrize("name", FLAGGED)
def test_a_copy_or_a_collapse_is_flagged_and_not_ranked(board: Board, name: str) -> None:
    row = row_of(board, name)
    assert row.flags
    assert row.rank is None
    assert all(name not in each.overall.ranks for each in board.tracks.values())
    assert row.score.cells[PLATEAU].rho.value >= 0


def test_a_flag_takes_the_rank_and_not_the_score(board: Board) -> None:
    copied, unflagged = row_of(board, FLAGGED[0]), row_of(board, "gaussian-longer")
    assert copied.realism.value is not None
    assert copied.rank is None
    assert unflagged.flags == ()
    assert unflagged.rank is not None


@pytest.mark.parametrize("name", [HOLDOUT, *HONEST])
def test_honest_rows_have_no_flag(board: Board, name: str) -> None:
    row = row_of(board, name)
    assert row.flags == ()
    assert "plateau" in row.inspections


@pytest.mark.parametrize("name", LOW)
def test_what_differs_from_real_either_way_scores_below_real(board: Board, name: str) -> None:
    assert overall(board, name).value < overall(board, HOLDOUT).value
    cells = row_of(board, name).metrics.values()
    told = [
        score.indistinguishable is False
        for metrics in cells
        for metric, score in metrics.items()
        if METRICS[metric].status == "headline"
    ]
    assert sum(told) > len(told) / 2


@pytest.mark.parametrize("name", LOW)
def test_no_attack_beats_an_honest_row(board: Board, name: str) -> None:
    assert overall(board, name).value < overall(board, HONEST[0]).value


def test_a_plateau_wider_than_those_of_real_is_no_better(board: Board) -> None:
    tuned = "plateau-as-wide-as-can-be"
    assert width(board, tuned) > 1.2 * width(board, HOLDOUT)
    mine, real = (row_of(board, name).score.cells[PLATEAU].rho.value for name in (tuned, HOLDOUT))
    assert mine > real


@pytest.mark.parametrize("name", REFUSED)
def test_nan_is_refused_before_anything_is_measured(
    session: Session, tmp_path: Path, name: str
) -> None:
    rows = planned([attack_of(name)])
    with pytest.raises(PluginError, match=rf"{name}.*NaN or infinity in \d+ of 32 rows"):
        runner.run(rows, Store(tmp_path), lambda: session, Watched())
    assert not list(tmp_path.iterdir())


class Unlooked:
    """An inspector that looks at nothing: one method with many seeds is as honest as with one."""

    def prepare(self) -> None:
        pass

    def inspect(self, made: torch.Tensor, *, shown: torch.Tensor | None, drawn: bool) -> Inspection:
        return Inspection(findings=(), spread={}, lowest_real_spread={}, two_sample={}, flags=())


def advantages(session: Session, folder: Path) -> list[Estimate]:
    """By seed, its realism in one cell over the mean of all seeds."""
    plans = [cell for cell in planned(seeds(), seed=session.seed) if cell.entry.name != HOLDOUT]
    inspector: Any = Unlooked()
    board = built(plans, dataclasses.replace(session, inspector=inspector), folder)
    found = [
        row_of(board, attack.card.name).score.by_experiment["plateau"].estimate
        for attack in seeds()
    ]
    known = [each for each in found if each is not None]
    return [each - mean(known) for each in known]


def with_fresh_prompts(session: Session) -> Session:
    design = Design.draw(session.subject, PRESET, FRESH_SEED)
    sweeper = Sweeper(
        session.subject.model,
        torch.from_numpy(design.prompts.ids),
        write_hook=TESTBED.write_hook,
        read_hook=TESTBED.read_hook,
    )
    return dataclasses.replace(
        session, design=design, sweeper=sweeper, seed=FRESH_SEED, split="official", _made={}
    )


def test_luck_with_the_released_prompts_foretells_none_with_fresh_ones(
    session: Session, folder: Path, tmp_path: Path
) -> None:
    released = advantages(session, folder)
    official = advantages(with_fresh_prompts(session), tmp_path)
    luckiest = max(range(SEEDS), key=lambda seed: released[seed].value)
    assert released[luckiest].value > 0
    interval = official[luckiest].interval
    assert interval is not None
    assert interval[0] < 0 < interval[1]
    luck = ([each.value for each in found] for found in (released, official))
    assert spearmanr(*luck, alternative="greater").pvalue > 0.05
