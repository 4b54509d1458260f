from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from synact_bench import definitions, paths
from synact_bench.definitions import (
    PROSE,
    definition_digests,
    experiment_digest,
    metric_digest,
    path_digest,
    rules_digest,
)
from synact_bench.errors import SynactError
from synact_bench.experiments import EXPERIMENTS, RULES, Experiment
from synact_bench.metrics import METRICS, Metric
from synact_bench.paths import PATHS
from synact_bench.sources import Package

PACKAGE = Path(definitions.__file__).parent


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes the package's source read with one change: ``old`` to ``new`` in the file of a name."""

    def edit(name: str, old: str, new: str) -> None:
        folder = tmp_path / "edited"
        for file in PACKAGE.rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            copy = folder / file.relative_to(PACKAGE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
        changed = [file for file in folder.rglob(name) if old in file.read_text(encoding="utf-8")]
        assert len(changed) == 1
        text = changed[0].read_text(encoding="utf-8")
        changed[0].write_text(text.replace(old, new), encoding="utf-8")
        monkeypatch.setattr(definitions, "_SOURCES", Package("synact_bench", folder))

    return edit


def metrics() -> dict[str, str]:
    return {name: metric_digest(each) for name, each in METRICS.items()}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_a_cell_names_its_experiment_its_path_and_its_metrics() -> None:
    found = definition_digests(EXPERIMENTS["plateau"], PATHS["scaled"])
    assert list(found) == [
        f"experiment {EXPERIMENTS['plateau'].identity}",
        f"path {PATHS['scaled'].identity}",
        f"rules {RULES}",
        f"metric {METRICS['plateau_width'].identity}",
        f"metric {METRICS['kl_curve_gap'].identity}",
    ]
    assert all(len(digest) == 64 for digest in found.values())
    assert found == definition_digests(EXPERIMENTS["plateau"], PATHS["scaled"])


def test_no_two_definitions_share_a_digest() -> None:
    digests = [
        *metrics().values(),
        *map(experiment_digest, EXPERIMENTS.values()),
        *map(path_digest, PATHS.values()),
    ]
    assert len({*digests}) == len(METRICS) + len(EXPERIMENTS) + len(PATHS)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "99"},
        {"unit": "other"},
        {"status": "other"},
        {"experiments": frozenset({"plateau", "sensitivity", "other"})},
        {"paths": frozenset({"relative", "other"})},
    ],
)
@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda each: each.name)
def test_every_declared_fact_of_a_metric_counts(metric: Metric, change: dict[str, object]) -> None:
    assert metric_digest(dataclasses.replace(metric, **change)) != metric_digest(metric)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda each: each.name)
def test_the_prose_of_a_metric_does_not_count(metric: Metric) -> None:
    reworded = dataclasses.replace(metric, definition="in other words")
    assert metric_digest(reworded) == metric_digest(metric)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("plateau_width.py", "np.where(never, 1.0", "np.where(never, 2.0", {"plateau_width"}),
        ("plateau_width.py", "wider is a longer plateau", "wider is longer", set()),
        ("kl_curve_gap.py", "OFFSET = 1e-6", "OFFSET = 1e-9", {"kl_curve_gap"}),
        (
            "positions.py",
            "(fractions[first] + fractions[first + 1]) / 2",
            "fractions[first]",
            {"max_slope_step", "kl_max_slope_step"},
        ),
        (
            "base.py",
            "return np.maximum(kl, 0.0)",
            "return np.abs(kl)",
            {"kl_curve_gap", "kl_max_slope_step"},
        ),
    ],
)
def test_a_metric_s_digest_changes_with_the_code_it_uses(
    edited, file: str, old: str, new: str, expected: set[str]
) -> None:
    before = metrics()
    edited(file, old, new)
    assert changed(before, metrics()) == expected


def test_a_metric_without_source_of_its_own_is_refused() -> None:
    unnamed = dataclasses.replace(METRICS["rise_width"], compute=lambda curves, settings: None)
    with pytest.raises(SynactError, match="its source cannot be read"):
        metric_digest(unnamed)


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=lambda each: each.name)
def test_every_fact_of_an_experiment_counts_and_its_prose_does_not(experiment: Experiment) -> None:
    before = experiment_digest(experiment)
    for field in dataclasses.fields(experiment):
        value = getattr(experiment, field.name)
        other = value[::-1] if len(set(value)) > 1 else ("other",)
        digest = experiment_digest(dataclasses.replace(experiment, **{field.name: other}))
        assert (digest == before) == (field.name in PROSE), field.name


def test_a_fact_that_json_cannot_say_is_refused() -> None:
    vague = dataclasses.replace(EXPERIMENTS["plateau"], paths=(object(),))
    with pytest.raises(TypeError, match="has no canonical JSON"):
        experiment_digest(vague)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("norm * (length / median_norm)", "norm * (median_norm / length)", {"scaled"}),
        ("return Segments(base, target - base)", "return Segments(base, base - target)", None),
        ("steps * self.displacement", "2 * steps * self.displacement", None),
        ("inward = -2 * ", "inward = -3 * ", {"spherical", "mixture"}),
    ],
)
def test_a_path_s_digest_changes_with_its_own_builder(
    edited, old: str, new: str, expected: set[str] | None
) -> None:
    straight = {"relative", "absolute", "matched", "scaled"}
    before = {name: path_digest(each) for name, each in PATHS.items()}
    edited("*.py", old, new)
    after = {name: path_digest(each) for name, each in PATHS.items()}
    assert changed(before, after) == (expected or straight)


def test_the_version_of_a_path_counts_and_its_prose_does_not() -> None:
    path = PATHS["relative"]
    assert path_digest(dataclasses.replace(path, version="99")) != path_digest(path)
    assert path_digest(dataclasses.replace(path, summary="in other words")) == path_digest(path)


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_built_by_the_function_of_its_name(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The digest covers that function and not the table of all paths that `build` looks it up in.
    calls: list[object] = []
    home = sys.modules[paths.build.__module__]

    def watched(*given: object) -> object:
        calls.append(given)
        return "built"

    monkeypatch.setattr(home, name, watched)
    row = torch.ones(1, 3)
    built = paths.build(
        name, row, 2 * row, real_target=row, length=1.0, median_norm=1.0, centre=0 * row[0]
    )
    assert built == "built"
    assert len(calls) == 1


def test_a_path_without_a_builder_is_refused() -> None:
    with pytest.raises(SynactError, match="has no 'sideways' at its top"):
        path_digest(dataclasses.replace(PATHS["relative"], name="sideways"))


def test_digests_are_had_without_the_model_libraries() -> None:
    script = (
        "import sys; from types import SimpleNamespace; from synact_bench import definitions\n"
        "from synact_bench.experiments import EXPERIMENTS\n"
        "path = SimpleNamespace(name='scaled', version='1', identity='scaled@1')\n"
        "found = definitions.definition_digests(EXPERIMENTS['plateau'], path)\n"
        "assert 'path scaled@1' in found\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("ends.py", "trial.donors[rows]", "trial.native[rows]", True),
        ("ends.py", "else trial.donors", "else trial.native", True),
        ("ends.py", "What a conditioned generator is shown", "What it is shown", False),
        ("curved.py", "def spherical", "def spherical_path", False),
    ],
)
def test_an_experiment_s_digest_changes_with_what_chooses_its_ends(
    edited, file: str, old: str, new: str, counts: bool
) -> None:
    before = experiment_digest(EXPERIMENTS["plateau"])
    edited(file, old, new)
    assert (experiment_digest(EXPERIMENTS["plateau"]) != before) is counts


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("copying.py", "MARGIN = 0.1", "MARGIN = 0.2", True),
        ("inspection.py", "SEED = 20040567", "SEED = 1", True),
        ("ranking.py", "POWER = 0.8", "POWER = 0.9", False),
    ],
)
def test_the_digest_of_the_rules_changes_with_what_judges_activations(
    edited, file: str, old: str, new: str, counts: bool
) -> None:
    before = rules_digest()
    edited(file, old, new)
    assert (rules_digest() != before) is counts
