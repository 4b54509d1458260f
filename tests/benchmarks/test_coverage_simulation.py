from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from benchmarks import coverage_simulation, tables
from benchmarks.coverage_simulation import (
    CELL,
    DRAWS,
    POSITIONS,
    REGIMES,
    Population,
    comparison,
    coverage_rows,
    scored,
)
from synact_bench.scoring import Estimate, MetricScore

SMALL = Population(paths=120, correlation=0.2, far={"hard": 0.8, "easy": 2.0}, replicates=200)


def drawn(population: Population, seed: int = 0) -> Mapping[str, np.ndarray]:
    """The numbers of a data set's rows: one for the hard metric, then those of the easy one."""
    rows = comparison(population, rng=np.random.default_rng(seed)).samples[CELL]
    return {
        name: np.column_stack([each.values[REGIMES["hard"]].values, each.rows[REGIMES["easy"]]])
        for name, each in rows.items()
    }


def test_rows_are_where_they_are_said_to_be() -> None:
    rows = drawn(dataclasses.replace(SMALL, paths=20_000))
    assert set(rows) == {*DRAWS, "gaussian", *map(str, POSITIONS)}
    for position in POSITIONS:
        far = np.array([0.8, 2.0, 2.0, 2.0]) * position
        found = rows[str(position)]
        np.testing.assert_allclose(found.mean(axis=0), far, atol=0.06)
        np.testing.assert_allclose(found.std(axis=0), 1 + 0.2 * far, atol=0.06)


def test_paths_of_a_document_go_together_and_those_of_a_base() -> None:
    population = dataclasses.replace(SMALL, paths=20_000)
    rows = drawn(population)
    samples = comparison(population, rng=np.random.default_rng(0)).samples[CELL]
    documents = np.array(samples["real"].documents)
    together = documents[1:] == documents[:-1]
    assert np.unique(documents, return_counts=True)[1].max() == 6
    real, other = rows["real"][:, 0], rows["draw-1"][:, 0]
    same = np.corrcoef(real[1:][together], real[:-1][together])[0, 1]
    apart = np.corrcoef(real[1:][~together], real[:-1][~together])[0, 1]
    assert same == pytest.approx(0.2, abs=0.03)
    assert apart == pytest.approx(0, abs=0.05)
    # Half of a document's effect, and 0.3 of what is left.
    assert np.corrcoef(real, other)[0, 1] == pytest.approx(0.1 + 0.3 * 0.8, abs=0.03)


def found(value: float, *interval: float) -> MetricScore:
    """A score of which only the distance and its interval matter."""
    return MetricScore(
        metric="any",
        n=1,
        mean=None,
        sd=None,
        real_mean=None,
        censored_share=None,
        undefined_share=None,
        ks=None,
        distance=Estimate(value, np.array(interval)),
        d_floor=0.0,
        d_floor_upper=0.0,
        percentile=None,
    )


def test_the_truth_is_that_of_the_means_and_each_side_is_counted() -> None:
    # The truth is 0.5: two intervals hold it, one lies above it, and one below.
    values = (found(0.5, 0, 1), found(0.2, 0.1, 0.9), found(0.9, 0.6, 1), found(0.4, 0.1, 0.3))
    places = [(regime, position) for regime in REGIMES for position in POSITIONS]
    rows = coverage_rows(SMALL, [dict.fromkeys(places, each) for each in values])
    assert len(rows) == len(places)
    for row in rows:
        assert row["true distance"] == pytest.approx(0.5)
        assert (row["distance"], row["below"], row["above"]) == (0.5, 0.25, 0.25)
        # A difference of equal rows is 0 in every replicate, and in truth.
        assert row["difference"] == (None if row["position"] == POSITIONS[-1] else 1)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    sets = [scored(SMALL, rng=np.random.default_rng(seed)) for seed in range(60)]
    rows = coverage_rows(SMALL, sets)
    for kind in ("distance", "difference"):
        shares: Any = [row[kind] for row in rows if row[kind] is not None]
        assert min(shares) >= 0.8, kind
        assert 0.9 <= np.mean(shares) <= 0.99, kind


def test_the_whole_simulation_is_shown_and_kept(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    coverage_simulation.main(sets=2, paths=300)
    shown = capsys.readouterr().out
    assert "coverage of nominal 95 % intervals" in shown
    assert (tmp_path / "coverage.json").exists()
