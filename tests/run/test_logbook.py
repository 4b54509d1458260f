from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from synact_bench.core.errors import FailedRowsError, PluginError, SynactError
from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.results.journal import lines
from synact_bench.run.failures import FailedRows
from synact_bench.run.logbook import asked, logged
from synact_bench.run.measuring import measure
from synact_bench.run.options import RunOptions
from synact_bench.run.units import units_of
from synact_bench.testbeds.spec import Testbed
from tests.helpers.faulty import faulty
from tests.helpers.requests import Unwatched, requested


def test_each_unit_is_told_with_its_time_and_points(opened_once: Testbed, tmp_path: Path) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=tmp_path, generators=("mean",))
    measure(request.plans, request, Unwatched())
    found = [*lines(request.folder)]
    units = {unit.id: unit for unit in units_of(request.plans)}
    started, opened, *_, ended = found
    assert {each["id"]: each["cells"] for each in started["units"]} == {
        id_: [plan.identity.stem for plan in unit.plans] for id_, unit in units.items()
    }
    assert started["arguments"] == [
        *("--testbed", "tiny", "--preset", "smoke", "--generator", "mean"),
        *("--runs", str(tmp_path)),
    ]
    assert (opened["event"], opened["testbed"]) == ("opened", "tiny")
    assert ended["event"] == "ended"
    assert not [each for each in found if each["event"] == "failed"]
    done = {each["unit"]: each for each in found if each["event"] == "unit"}
    assert done.keys() == units.keys()
    for id_, each in done.items():
        cells = [line for line in found if line["event"] == "cell" and line["unit"] == id_]
        records = [request.store.cell(plan.identity).record for plan in units[id_].plans]
        assert [line["cell"] for line in cells] == [record.identity.stem for record in records]
        assert each["points"] == sum(record.points_run for record in records)
        assert each["seconds"] == pytest.approx(sum(line["seconds"] for line in cells), abs=0.01)
        assert each["memory"] > 10**7
        fitted = [line for line in found if line["event"] == "fitted" and line["unit"] == id_]
        assert len(fitted) == (units[id_].plans[0].entry.generator is not None)
        assert each["fit_seconds"] == pytest.approx(sum(line["seconds"] for line in fitted))


def test_rows_that_fail_are_told_with_why(opened_once: Testbed, tmp_path: Path) -> None:
    bad = str(faulty(tmp_path, "nan"))
    both = requested(testbed="tiny", preset="smoke", runs=tmp_path, generators=("mean", bad))
    with pytest.raises(FailedRowsError):
        measure(both.plans, both, Unwatched())
    found = [*lines(both.folder)]
    (failed,) = (each for each in found if each["event"] == "failed")
    assert failed["unit"] == next(u.id for u in units_of(both.plans) if u.row == "faulty")
    assert "faulty" in failed["error"]
    assert found[-1]["event"] == "ended"
    assert found.index(failed) < min(at for at, each in enumerate(found) if each["event"] == "cell")
    alone = requested(testbed="tiny", preset="smoke", runs=tmp_path / "b", generators=(bad,))
    alone.folder.mkdir(parents=True)
    with pytest.raises(PluginError):
        measure(alone.plans, alone, Unwatched())
    assert [each["event"] for each in lines(alone.folder)][-2:] == ["failed", "stopped"]


def test_a_run_that_cannot_go_on_says_why(
    opened_once: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=tmp_path, generators=("mean",))

    def closed(_: object) -> None:
        raise SynactError("is closed", where="the model", fix="open it")

    monkeypatch.setattr(type(request), "session", closed)
    request.folder.mkdir(parents=True)
    with pytest.raises(SynactError):
        measure(request.plans, request, Unwatched())
    assert [*lines(request.folder)][-1]["error"] == "the model: is closed; open it"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (ValueError("of ours"), "ValueError: of ours"),
        (PluginError("broke", where="generator 'real-mean'", fix="mend it"), None),
    ],
)
def test_a_run_that_is_ended_says_why_and_blames_no_row(
    error: BaseException, said: str | None, opened_once: Testbed, tmp_path: Path
) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=tmp_path, generators=("mean",))
    request.folder.mkdir(parents=True)
    failures = FailedRows({}, rows=request.made)
    with (
        pytest.raises(type(error)),
        logged(request, request.plans, request.plans, failures=failures),
    ):
        raise error
    started, stopped = lines(request.folder)
    assert (started["event"], stopped["event"]) == ("started", "stopped")
    assert stopped["error"] == (said or str(error))


def test_default_options_are_known_for_reconstructions_too(
    opened_once: Testbed, tmp_path: Path
) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=tmp_path, generators=("mean",))
    request = dataclasses.replace(request, options=RunOptions(), experiments=RECONSTRUCTIONS)
    assert asked(request) == ["--track", "reconstruction"]


def test_a_whole_run_leaves_no_line(full_run: Path, tiny_catalog: Testbed) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=full_run)
    measure(request.plans, request, Unwatched())
    assert [*lines(request.folder)] == []
