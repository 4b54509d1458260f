"""A plugin, whatever it does, costs its own row; of the others, every byte is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synact_bench.core.errors import FailedRowsError
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import GB, Limits
from synact_bench.run import roster, runner
from synact_bench.run.measuring import measure
from synact_bench.run.plan import CellPlan
from synact_bench.run.session import Session
from tests.attacks.misbehaviours import CARD, GREEDY, HANGS, MISBEHAVIOURS, Misbehaviour
from tests.helpers.requests import Unwatched, requested
from tests.helpers.tiny_testbed import Home

FEWEST = 60
GOOD = ("good-1", "good-2")


@dataclass(frozen=True)
class Run:
    """What is stored, by file, and which rows failed, by name or target."""

    tables: dict[str, bytes]
    failed: dict[str, str]

    def of_others(self) -> dict[str, bytes]:
        """Tables of rows that do not misbehave."""
        return {
            name: content
            for name, content in self.tables.items()
            if name.partition("--")[0] not in MISBEHAVIOURS
        }


def isolated(target: str, limits: Limits) -> Isolated:
    """With little time where it would all be waited for, and much where a slow machine needs it."""
    name = Path(target).stem.replace("_", "-")
    hangs = name in MISBEHAVIOURS and MISBEHAVIOURS[name].says == HANGS
    memory = 2 * GB if name in GREEDY else None
    return Isolated(target, Limits(timeout=1.5 if hangs else 300, memory=memory))


def _wanted(cell: CellPlan) -> bool:
    """One cell of what misbehaves is enough."""
    return cell.entry.name not in MISBEHAVIOURS or cell.identity.cell == ("plateau", "scaled")


@pytest.fixture(scope="module")
def measured(
    tiny_home: Home, _opened_session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[list[Path], str], Run]]:
    """Measures rows of these files."""
    from tests.conftest import _fresh

    def run(files: list[Path], name: str) -> Run:
        request = requested(
            testbed="tiny",
            preset="smoke",
            generators=[str(each) for each in files],
            runs=tmp_path_factory.mktemp(name),
        )
        failed: dict[str, Any] = dict(request.roster.refused)
        try:
            measure([each for each in request.plans if _wanted(each)], request, Unwatched())
        except FailedRowsError as error:
            failed |= error.failed
        tables = {each.name: each.read_bytes() for each in request.folder.glob("*.parquet")}
        told = {Path(name).stem.replace("_", "-"): str(why) for name, why in failed.items()}
        return Run(tables, told)

    with pytest.MonkeyPatch.context() as patch:
        tiny_home.install(patch)
        patch.setattr(runner, "prepare", lambda *_, **__: _fresh(_opened_session))
        patch.setattr(roster, "Isolated", isolated)
        yield run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plugins")


def good(folder: Path) -> list[Path]:
    return [
        Misbehaviour(card=CARD.format(name=each, track="unconditional")).write(each, folder)
        for each in GOOD
    ]


@pytest.fixture(scope="module")
def alone(measured: Callable[[list[Path], str], Run], folder: Path) -> Run:
    return measured(good(folder), "alone")


@pytest.fixture(scope="module")
def among(measured: Callable[[list[Path], str], Run], folder: Path) -> Run:
    """The good rows, the first before and the second after all that misbehave."""
    first, second = good(folder)
    bad = [each.write(name, folder) for name, each in MISBEHAVIOURS.items()]
    return measured([first, *bad, second], "among")


def test_there_are_many() -> None:
    assert len(MISBEHAVIOURS) >= FEWEST


def test_other_rows_are_the_same_to_the_byte(alone: Run, among: Run) -> None:
    assert not alone.failed
    assert {*GOOD} <= {name.partition("--")[0] for name in alone.tables}
    assert among.of_others() == alone.tables


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_a_misbehaviour_costs_its_own_row(name: str, among: Run) -> None:
    expected = MISBEHAVIOURS[name].says
    assert expected in among.failed.get(name, "")
    measured = any(each.startswith(f"{name}--") for each in among.tables)
    assert measured == (name not in among.failed) == (not expected)
    assert "\n" not in among.failed.get(name, "")


def test_nothing_else_failed(among: Run) -> None:
    assert among.failed.keys() <= MISBEHAVIOURS.keys()
