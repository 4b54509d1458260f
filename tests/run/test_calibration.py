from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import EXPERIMENTS, REAL, Preset
from synact_bench.results import scale
from synact_bench.results.record import GeneratorIdentity
from synact_bench.results.store import Cell
from synact_bench.results.table import from_arrow
from synact_bench.run import calibration, facts, plan
from synact_bench.run.cell import compute
from synact_bench.run.plan import Entry
from synact_bench.run.runner import assemble
from synact_bench.run.session import Session
from synact_bench.run.swept import swept
from synact_bench.scoring import CellName
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import measured_units
from synact_bench.testbeds.scale import MetricScale, ScaleFacts
from tests.helpers.sessions import declaration_of


@pytest.fixture(scope="module")
def session(_opened_session: Session) -> Session:
    return assemble(_opened_session.subject, Preset("few", bases=8, refined=4), seed=0)


@pytest.fixture(scope="module")
def measured(session: Session) -> dict[str, ScaleFacts]:
    return calibration.scales(session, declaration_of(session), refined=4)


def test_every_scored_cell_has_a_scale(measured: dict[str, ScaleFacts]) -> None:
    wanted = {f"{each.name}/{path}" for each in EXPERIMENTS.values() for path in each.paths}
    assert measured.keys() == wanted
    for each in measured.values():
        assert (each.draws, each.gaussians, each.bases) == (len(REAL), 4, 8)


def test_units_are_those_of_the_real_draws(
    session: Session, measured: dict[str, ScaleFacts]
) -> None:
    draws = []
    for name in REAL:
        ends, curves = swept(
            session,
            declaration_of(session),
            EXPERIMENTS["plateau"],
            "scaled",
            session.design.draws[name],
            refined=0,
            events=(),
        )
        documents = tuple(session.design.prompts.documents[row] for row in ends.rows)
        draws.append(CurveSample(np.array(ends.rows), documents, curves))
    units, found = measured_units(draws), scale.curve_scale(measured["plateau/scaled"]).units
    assert found.length == pytest.approx(units.length, rel=1e-3)
    assert found.blocks == pytest.approx(units.blocks, rel=1e-3)


def test_named_metrics_are_calibrated_on_refined_bases(
    session: Session, measured: dict[str, ScaleFacts]
) -> None:
    assert "plateau_width" in measured["plateau/scaled"].metrics
    bare = calibration.scales(session, declaration_of(session), refined=0)
    assert not any(each.metrics for each in bare.values())


def test_a_metric_applies_where_the_gaussian_is_beyond_the_floor() -> None:
    def facts(gaussian: float) -> MetricScale:
        return MetricScale(gaussian=gaussian, gaussian_error=0.1, floor=0.5, floor_upper=1.0)

    assert [facts(each).applicable for each in (0.9, 1.0, 1.1)] == [False, False, True]


def test_a_scale_is_kept_for_its_testbed_alone(
    measured: dict[str, ScaleFacts], tmp_path, session: Session
) -> None:
    digest = declaration_of(session).digest
    assert scale.load(tmp_path, digest) is None
    scale.save(measured, tmp_path, digest)
    assert scale.load(tmp_path, digest) == measured
    assert scale.load(tmp_path, "0" * 64) is None
    (tmp_path / scale.FILE).write_text("{")
    assert scale.load(tmp_path, digest) is None


def test_a_scale_is_no_part_of_a_testbed_s_digest(
    session: Session, measured: dict[str, ScaleFacts]
) -> None:
    testbed = declaration_of(session)
    assert testbed.model_copy(update={"scale": measured}).digest == testbed.digest
    assert dataclasses.is_dataclass(session)


@pytest.fixture(scope="module")
def stored(session: Session) -> dict[tuple[str, CellName], Cell]:
    rows, preset = [Entry(name, None) for name in REAL], Preset("few", bases=8, refined=4)
    found = {}
    for each in plan.wanted(declaration_of(session), preset, session.seed, rows):
        record, content = compute(each, session, advance=lambda _: None)
        table = from_arrow(pq.read_table(pa.BufferReader(content)))
        found[each.entry.name, record.identity.cell] = Cell(record, table)
    return found


def test_stored_draws_give_the_scale_that_is_measured(
    session: Session, measured: dict[str, ScaleFacts], stored: dict[tuple[str, CellName], Cell]
) -> None:
    testbed = declaration_of(session)
    found = calibration.scales(session, testbed, refined=4, stored=stored)
    for name, each in measured.items():
        assert found[name].gamma == pytest.approx(each.gamma, rel=1e-3)
        assert found[name].length == pytest.approx(each.length, rel=1e-3)


def test_stored_draws_are_not_run_again(
    session: Session, measured: dict[str, ScaleFacts], stored: dict[tuple[str, CellName], Cell]
) -> None:
    def doubled(cell: Cell) -> Cell:
        curves = dataclasses.replace(cell.table.curves, l2=2 * cell.table.curves.l2)
        return dataclasses.replace(cell, table=dataclasses.replace(cell.table, curves=curves))

    testbed = declaration_of(session)
    twice = {name: doubled(cell) for name, cell in stored.items()}
    found = calibration.scales(session, testbed, refined=4, stored=twice)
    for name, each in measured.items():
        assert found[name].length == pytest.approx(2 * each.length, rel=1e-3)


def test_only_cells_measured_as_a_scale_is_are_taken(
    session: Session, stored: dict[tuple[str, CellName], Cell]
) -> None:
    def changed(cell: Cell, **fields: object) -> Cell:
        identity = cell.record.identity.model_copy(update=fields)
        return Cell(cell.record.model_copy(update={"identity": identity}), cell.table)

    testbed, cells = declaration_of(session), list(stored.values())
    assert facts._real(testbed, cells) == stored
    assert facts._real(testbed, []) == {}
    with pytest.raises(SynactError, match="was not measured as the scale of a testbed is"):
        facts._real(testbed, [changed(cells[0], seed=7), *cells[1:]])
    with pytest.raises(SynactError, match="with 2 numbers of bases"):
        facts._real(testbed, [changed(cells[0], bases=9), *cells[1:]])
    row = GeneratorIdentity(name="mine", version="1", parameters={}, source_digest="")
    with pytest.raises(SynactError, match="with 0 numbers of bases"):
        facts._real(testbed, [changed(cells[0], generator=row)])
