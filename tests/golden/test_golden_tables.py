from __future__ import annotations

import dataclasses
import json
import shutil
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from synact_bench.core import experiments
from synact_bench.core.experiments import DESIGN, EXPERIMENTS, RULES, Experiment
from synact_bench.core.rng import stream
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES, RECONSTRUCTIONS
from synact_bench.generators.ladder import LADDER
from synact_bench.metrics import METRICS, PathMetric, PathValues
from synact_bench.paths import PATHS, diagnostic, relative
from synact_bench.run import design
from synact_bench.run.design import deal
from synact_bench.run.endpoints import Endpoints, ends
from tests.golden import made, tables
from tests.golden.advice import REDEFINED, RENUMBERED, UNRECORDED, told
from tests.golden.renew import renew
from tests.golden.tables import COMMAND, DEFINITIONS, NUMBERS
from tests.helpers.curve_shapes import GRIDS
from tests.helpers.ours import OURS


@pytest.fixture(scope="module")
def numbers() -> dict[str, object]:
    return tables.numbers()


def test_no_number_changes_under_one_version(numbers: dict[str, Any]) -> None:
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


def replace(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
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


def refused(home: Path) -> str:
    """What renewing says that is refused; it writes nothing."""
    before = texts(home)
    with pytest.raises(ValueError, match=r"^Bump the version") as caught:
        renew(home)
    assert texts(home) == before
    assert COMMAND in str(caught.value)
    return str(caught.value)


def test_a_changed_number_is_not_renewed_until_the_version_is_raised(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tables.recorded(NUMBERS, home)
    was = METRICS["rise_width"]
    replace(monkeypatch, compute=doubled)
    assert f"{was.identity}: line, 17 points: [0.8" in refused(home)
    replace(monkeypatch, compute=doubled, version="next")
    done = renew(home)
    assert "new number: rise_width@next: declared" in done
    assert "new number: rise_width@next: line, 17 points" in done
    after = tables.recorded(NUMBERS, home)
    assert after["rise_width@next: line, 17 points"][0] == pytest.approx(1.6)
    assert {name: after[name] for name in older} == older


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "headline"},
        {"event": "crossing of tau"},
        {"compared": "log2"},
        {"presence": 0.5},
        {"experiments": frozenset({"plateau"})},
        {"paths": frozenset({"relative"})},
    ],
    ids=lambda each: next(iter(each)),
)
def test_what_a_metric_declares_is_held_too_but_for_its_prose(
    home: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    replace(monkeypatch, definition="other words")
    assert renew(home) == []
    replace(monkeypatch, **changed)
    assert "rise_width@1: declared" in refused(home)
    replace(monkeypatch, **changed, version="next")
    assert "new number: rise_width@next: declared" in renew(home)


def test_an_edited_number_is_found_and_not_overwritten(home: Path) -> None:
    table = tables.recorded(NUMBERS, home)
    name = f"{METRICS['rise_width'].identity}: line, 33 points"
    table[name] = [table[name][0] * (1 + 1e-9), False]
    (home / NUMBERS).write_text(tables.written(table), encoding="utf-8")
    with pytest.raises(ValueError, match="line, 33 points"):
        renew(home)
    assert tables.recorded(NUMBERS, home) == table


def test_what_is_missing_is_added(home: Path) -> None:
    for file in (DEFINITIONS, NUMBERS):
        (home / file).unlink()
    done = renew(home)
    assert f"new: experiment {EXPERIMENTS['plateau'].identity}" in done
    assert f"new number: {METRICS['rise_width'].identity}: declared" in done
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


def test_numbers_are_those_of_closed_forms(numbers: dict[str, Any]) -> None:
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


def declare(monkeypatch: pytest.MonkeyPatch, experiment: Experiment) -> None:
    """An experiment declared otherwise."""
    for module in (tables, made):
        monkeypatch.setattr(module, "EXPERIMENTS", {**EXPERIMENTS, experiment.name: experiment})


def test_facts_without_numbers_are_not_renewed_until_the_version_is_raised(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was = EXPERIMENTS["plateau"]
    declare(monkeypatch, dataclasses.replace(was, summary="other words"))
    assert renew(home) == []
    changed = dataclasses.replace(was, scored="target")
    declare(monkeypatch, changed)
    assert f"experiment {changed.identity}" in refused(home)
    declare(monkeypatch, dataclasses.replace(changed, version="next"))
    assert "new: experiment plateau@next" in renew(home)
    assert f"experiment {was.identity}" in tables.recorded(DEFINITIONS, home)


def test_another_end_of_the_paths_is_another_number(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped(experiment, path, made, design) -> Endpoints:
        found = ends(experiment, path, made, design)
        return dataclasses.replace(found, base=found.target, target=found.base)

    monkeypatch.setattr(made, "ends", swapped)
    assert f"experiment {EXPERIMENTS['plateau'].identity}: scaled" in refused(home)


def test_a_moved_point_of_a_path_is_not_renewed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "build", lambda name, base, *ends, **rest: relative(base, 2 * base))
    assert f"{PATHS['relative'].identity}: at 1" in refused(home)


class Moved:
    """The mean, a little aside."""

    def __init__(self, version: str = "1") -> None:
        self._mean: Any = BUILTINS["mean"]()
        self.card = self._mean.card.model_copy(update={"version": version})

    def fit(self, real, dictionary, *, rng) -> None:
        self._mean.fit(real, dictionary, rng=rng)

    def generate(self, n, *, rng):
        return self._mean.generate(n, rng=rng) + 0.01


def test_a_generator_s_changed_output_is_not_renewed_until_its_version_is_raised(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made, "OURS", {**OURS, "mean": Moved})
    assert "generator mean@1: made" in refused(home)
    monkeypatch.setattr(made, "OURS", {**OURS, "mean": partial(Moved, "next")})
    assert renew(home) == ["new number: generator mean@next: made"]


@pytest.mark.parametrize("part", ["deal", "partnered", "stream", "Trial"])
def test_another_design_is_not_renewed_until_its_version_is_raised(
    home: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    if part == "deal":
        monkeypatch.setattr(made, "deal", lambda pool, seed: deal(pool, seed + 1))
    elif part == "partnered":
        monkeypatch.setattr(made, "partnered", lambda pool, bases, _: pool.take(range(len(bases))))
    elif part == "stream":
        monkeypatch.setattr(design, "stream", lambda *names: stream(*names, "again"))
    else:
        monkeypatch.setattr(design, "CALIBRATIONS", 3)
    assert f"{DESIGN}: " in refused(home)
    monkeypatch.setattr(made, "DESIGN", "design@next")
    # Experiments run toward what the design draws.
    for table in ("EXPERIMENTS", "RECONSTRUCTIONS"):
        each = getattr(experiments, table)
        raised = {name: dataclasses.replace(one, version="next") for name, one in each.items()}
        monkeypatch.setattr(made, table, raised)
    assert f"new number: design@next: dealt to {design.BASES}" in renew(home)


@pytest.mark.parametrize(
    ("name", "by", "same"),
    [
        ("generator a@1: made", 1e-3, True),
        ("generator a@1: made", 5e-3, False),
        ("design@1: gaussian targets", 1e-3, True),
        ("design@1: gaussian targets", 5e-3, False),
        ("experiment a@1: scaled", 1e-3, True),
        ("experiment a@1: scaled", 5e-3, False),
        ("a@1: line", 1e-3, False),
    ],
)
def test_what_is_made_in_float32_is_equal_to_three_decimals(
    name: str, by: float, same: bool
) -> None:
    before = {name: [[1.0, 2.0], [3, 4.0]]}
    assert (tables.renumbered(before, {name: [[1.0, 2.0 + by], [3, 4.0]]}) == []) is same


def test_every_path_rule_and_generator_and_the_design_have_numbers(
    numbers: dict[str, Any],
) -> None:
    for identity in (RULES, DESIGN, *(each.identity for each in PATHS.values())):
        assert sum(name.startswith(f"{identity}: ") for name in numbers) >= 3
    made_by = {name: value for name, value in numbers.items() if name.startswith("generator ")}
    ours = {**BUILTINS, **OPTIONAL_BASELINES, **RECONSTRUCTIONS, **LADDER}
    assert {name.partition(" ")[2].partition("@")[0] for name in made_by} == set(ours)
    assert len(set(map(str, made_by.values()))) == len(ours)
    for each in EXPERIMENTS.values():
        own = {name for name in numbers if name.startswith(f"experiment {each.identity}: ")}
        assert len(own) == len(each.paths) + len(diagnostic(each)) + 1
    said = {name: value for name, value in numbers.items() if name.startswith(f"{RULES}: ")}
    flagged = {name.split(": ")[1] for name, value in said.items() if value[-1]}
    assert {"near-duplicate, stored", "test-pool, peeked", "mixture, mixed"} <= flagged
    assert not any(name.endswith(", fresh") for name in flagged)
