from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from synact_bench.experiments import EXPERIMENTS, RULES
from synact_bench.metrics import METRICS, PathMetric, PathValues
from synact_bench.paths import PATHS, relative
from tests.golden import tables
from tests.golden.advice import REDEFINED, RENUMBERED, UNRECORDED, told
from tests.golden.renew import renew
from tests.golden.tables import COMMAND, DEFINITIONS, NUMBERS
from tests.helpers.curve_shapes import GRIDS


@pytest.fixture(scope="module")
def numbers() -> dict[str, object]:
    return tables.numbers()


def test_no_number_changes_under_one_version(numbers: dict[str, object]) -> None:
    before = tables.recorded(NUMBERS)
    if changed := tables.renumbered(before, numbers):
        pytest.fail(told(RENUMBERED, changed), pytrace=False)
    if new := tables.unrecorded(before, numbers):
        pytest.fail(told(UNRECORDED, new), pytrace=False)


def test_no_definition_changes_under_one_version() -> None:
    before, now = tables.recorded(DEFINITIONS), tables.definitions()
    if changed := tables.redefined(before, now):
        pytest.fail(told(REDEFINED, changed), pytrace=False)
    if new := tables.unrecorded(before, now):
        pytest.fail(told(UNRECORDED, new), pytrace=False)


@pytest.mark.parametrize("file", [DEFINITIONS, NUMBERS])
def test_tables_are_as_the_command_writes_them(file: str) -> None:
    text = (tables.HOME / file).read_text(encoding="utf-8")
    assert text == tables.written(json.loads(text))


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda each: each.name)
def test_every_metric_has_numbers_that_differ_on_every_grid(metric, numbers) -> None:
    for points in GRIDS:
        found = {
            name: json.dumps(value)
            for name, value in numbers.items()
            if name.startswith(f"{metric.identity}: ") and name.endswith(f", {points} points")
        }
        assert len(set(found.values())) >= min(len(found), 7) >= 5


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the tables, up to date."""
    for file in (DEFINITIONS, NUMBERS):
        shutil.copy(tables.HOME / file, tmp_path)
    renew(tmp_path)
    return tmp_path


def replace(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Change the declaration of ``rise_width``."""
    changed = dataclasses.replace(METRICS["rise_width"], **changes)
    monkeypatch.setattr(tables, "METRICS", MappingProxyType({**METRICS, "rise_width": changed}))


def doubled(curves, settings) -> PathValues:
    metric = METRICS["rise_width"]
    assert isinstance(metric, PathMetric)
    answer = metric.compute(curves, settings)
    return PathValues(2 * answer.values, answer.censored)


def texts(home: Path) -> list[str]:
    return [(home / file).read_text(encoding="utf-8") for file in (DEFINITIONS, NUMBERS)]


def test_renewing_twice_changes_nothing(home: Path) -> None:
    before = texts(home)
    assert renew(home) == []
    assert texts(home) == before


def test_a_changed_number_is_not_renewed_until_the_version_is_raised(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, older = texts(home), tables.recorded(NUMBERS, home)
    was = METRICS["rise_width"]
    monkeypatch.setattr(tables, "metric_digest", lambda metric: f"digest of {metric.identity}")
    replace(monkeypatch, compute=doubled)
    with pytest.raises(ValueError, match=r"^Bump the version") as refused:
        renew(home)
    assert f"{was.identity}: line, 17 points: [0.8" in str(refused.value)
    assert COMMAND in str(refused.value)
    assert texts(home) == before
    replace(monkeypatch, compute=doubled, version="next")
    done = renew(home)
    assert "new: metric rise_width@next" in done
    assert "new number: rise_width@next: line, 17 points" in done
    after = tables.recorded(NUMBERS, home)
    assert after["rise_width@next: line, 17 points"][0] == pytest.approx(1.6)
    assert {name: after[name] for name in older} == older
    assert f"metric {was.identity}" in tables.recorded(DEFINITIONS, home)


def test_an_edited_number_is_found_and_not_overwritten(home: Path) -> None:
    table = tables.recorded(NUMBERS, home)
    name = f"{METRICS['rise_width'].identity}: line, 33 points"
    table[name] = [table[name][0] * (1 + 1e-9), False]
    (home / NUMBERS).write_text(tables.written(table), encoding="utf-8")
    with pytest.raises(ValueError, match="line, 33 points"):
        renew(home)
    assert tables.recorded(NUMBERS, home) == table


def test_a_changed_definition_of_equal_numbers_is_renewed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(monkeypatch, unit="parts of the path")
    identity = METRICS["rise_width"].identity
    assert renew(home) == [f"redefined: metric {identity}"]
    digest = tables.recorded(DEFINITIONS, home)[f"metric {identity}"]
    assert digest == tables.definitions()[f"metric {identity}"]


def test_what_is_missing_is_added(home: Path) -> None:
    for file in (DEFINITIONS, NUMBERS):
        (home / file).unlink()
    done = renew(home)
    assert f"new: metric {METRICS['rise_width'].identity}" in done
    assert tables.unrecorded(tables.recorded(NUMBERS, home), tables.numbers()) == []


BEFORE = {"a@1: line": [0.5, False], "a@1: zero": [None, True], "b@1: line": 2.0}


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("a@1: line", [0.5 * (1 + 1e-13), False], True),
        ("a@1: line", [0.5 * (1 + 1e-11), False], False),
        ("a@1: line", [0.5, True], False),
        ("a@1: line", [None, False], False),
        ("a@1: zero", [0.0, True], False),
        ("b@1: line", 2.1, False),
        ("b@1: line", 2, False),
        ("c@1: line", 7.0, True),
    ],
)
def test_numbers_are_equal_to_rounding(name: str, value: object, same: bool) -> None:
    assert (tables.renumbered(BEFORE, {**BEFORE, name: value}) == []) is same


def test_a_curve_may_not_be_taken_away_but_an_old_version_may_go() -> None:
    less = {name: value for name, value in BEFORE.items() if name != "a@1: zero"}
    assert tables.renumbered(BEFORE, less) == [
        'a@1: zero: [null, true] is recorded, now it is "gone"'
    ]
    bumped = {"a@2: line": [0.7, False], "b@1: line": 2.0}
    assert tables.renumbered(BEFORE, bumped) == []
    assert tables.unrecorded(BEFORE, bumped) == ["a@2: line"]


def test_numbers_are_those_of_closed_forms(numbers: dict[str, object]) -> None:
    identity = {name: metric.identity for name, metric in METRICS.items()}
    np.testing.assert_allclose(
        [numbers[f"{identity[metric]}: plateau, then a line, 51 points"][0] for metric in EXPECTED],
        [*EXPECTED.values()],
        atol=1e-5,
    )


EXPECTED = {
    "plateau_width": 0.5 + 0.5 / 60,
    "step_sharpness": 2.0,
    "max_slope_step": 51.0,
    "kl_max_slope_step": 51.0,
    "auc_step": 52.0,
    "nonlinearity_step": 50.0,
    "rise_width": 0.4,
    "ap_step": 50 + 50 / 3,
}
"""On no change for half the path, then a line up to 60."""


def test_a_definition_without_numbers_is_not_renewed_until_the_version_is_raised(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts(home)
    changed = dataclasses.replace(EXPERIMENTS["plateau"], scored="target")
    monkeypatch.setattr(tables, "EXPERIMENTS", {**EXPERIMENTS, "plateau": changed})
    with pytest.raises(ValueError, match=r"^Bump the version") as refused:
        renew(home)
    assert f"experiment {changed.identity}" in str(refused.value)
    assert texts(home) == before
    raised = dataclasses.replace(changed, version="next")
    monkeypatch.setattr(tables, "EXPERIMENTS", {**EXPERIMENTS, "plateau": raised})
    assert renew(home) == ["new: experiment plateau@next"]


def test_a_refactored_path_is_renewed_and_a_moved_point_is_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "path_digest", lambda path: f"another digest of {path.identity}")
    assert f"redefined: path {PATHS['relative'].identity}" in renew(home)
    monkeypatch.setattr(tables, "build", lambda name, base, *ends, **rest: relative(base, 2 * base))
    with pytest.raises(ValueError, match=r"relative@\d+: at 1"):
        renew(home)


def test_every_path_and_rule_has_numbers(numbers: dict[str, object]) -> None:
    for identity in (RULES, *(each.identity for each in PATHS.values())):
        assert sum(name.startswith(f"{identity}: ") for name in numbers) >= 3
    said = {name: value for name, value in numbers.items() if name.startswith(f"{RULES}: ")}
    flagged = {name.split(": ")[1] for name, value in said.items() if value[-1]}
    assert {"near-duplicate, stored", "test-pool, peeked", "mixture, mixed"} <= flagged
    assert not any(name.endswith(", fresh") for name in flagged)
