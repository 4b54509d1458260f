"""A cell is named by the versions of what decides its numbers, and by nothing that is written."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import synact_bench
from synact_bench import metrics, paths
from synact_bench.core import experiments
from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.generators.controls import Mean
from synact_bench.metrics import METRICS
from synact_bench.paths import PATHS
from synact_bench.run import plan, request, stored_facts
from synact_bench.testbeds import spec
from tests.helpers.requests import requested

HOME = Path(synact_bench.__file__).parent

IDS = """
import json
from pathlib import Path
import synact_bench
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES
from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions
asked = open_request(RunOptions(
    testbed="smollm2-135m",
    preset="quick",
    generators=(*BUILTINS, *OPTIONAL_BASELINES),
    runs=Path("runs"),
    diagnostic=True,
))
ids = {plan.label: plan.identity.id for plan in asked.plans}
print(json.dumps({"file": synact_bench.__file__, "ids": ids}))
"""
"""Prints the id of every cell that there is; nothing is opened."""

PRIVATE = re.compile(r"^def (_[a-z]\w*)\(", re.MULTILINE)


def ids_of(package: Path, folder: Path) -> dict[str, str]:
    """Ids that a copy of the package gives, by label of the cell."""
    done = subprocess.run(
        [sys.executable, "-c", IDS],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PYTHONPATH": str(package.parent), "PATH": "", "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert Path(said["file"]).parent == package
    assert not (folder / "runs").exists()
    ids: dict[str, str] = said["ids"]
    return ids


def copied(folder: Path) -> Path:
    package = folder / "synact_bench"
    shutil.copytree(HOME, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def rename_private(package: Path) -> set[str]:
    """Give every private function another name; the modules in which there was one."""
    changed = set()
    for module in package.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        names = PRIVATE.findall(text)
        for name in names:
            text = re.sub(rf"(?<![\w\"']){name}\b", f"{name}_renamed", text)
        if names:
            module.write_text(text, encoding="utf-8")
            changed.add(module.relative_to(package).as_posix())
    return changed


def test_renaming_a_private_function_changes_no_id(tmp_path: Path) -> None:
    plain, renamed = (copied(tmp_path / name) for name in ("plain", "renamed"))
    changed = rename_private(renamed)
    assert "run/design.py" in changed
    for part in ("metrics", "paths", "generators"):
        assert any(each.startswith(f"{part}/") for each in changed)
    before = ids_of(plain, tmp_path)
    assert len(before) > 150
    assert len(set(before.values())) == len(before)
    assert ids_of(renamed, tmp_path) == before


def ids() -> dict[str, str]:
    """Ids of this process, by label of the cell."""
    asked = requested(testbed="smollm2-135m", preset="quick", diagnostic=True)
    return {each.label: each.identity.id for each in asked.plans}


def raise_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = dataclasses.replace(EXPERIMENTS["plateau"], version="999")
    declared = {**EXPERIMENTS, "plateau": raised}
    wanted = plan.wanted
    monkeypatch.setattr(
        plan, "wanted", lambda *given, **named: wanted(*given, **named | {"experiments": declared})
    )


def raise_path(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = dataclasses.replace(PATHS["absolute"], version="999")
    monkeypatch.setattr(paths, "PATHS", {**PATHS, "absolute": raised})


def raise_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Mean, "card", Mean.card.model_copy(update={"version": "999"}))


def raise_testbed(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = spec.find("smollm2-135m").model_copy(update={"version": "999"})
    monkeypatch.setattr(stored_facts, "load_or_measure", lambda *_, **__: raised)


def raise_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = {name: dataclasses.replace(each, version="999") for name, each in METRICS.items()}
    monkeypatch.setattr(metrics, "METRICS", raised)


def constant(name: str, *modules: object) -> Callable[[pytest.MonkeyPatch], None]:
    """Raises the version that a constant names."""

    def raised(monkeypatch: pytest.MonkeyPatch) -> None:
        kind = getattr(experiments, name).partition("@")[0]
        for module in modules:
            monkeypatch.setattr(module, name, f"{kind}@999")

    return raised


@pytest.mark.parametrize(
    ("change", "concerned"),
    [
        (raise_experiment, r"\S+ plateau \S+"),
        (raise_path, r"\S+ \S+ absolute"),
        (raise_generator, r"mean \S+ \S+"),
        (raise_testbed, ".*"),
        (constant("DESIGN", plan), ".*"),
        (constant("RULES", plan), ".*"),
        (constant("ADAPTIVE", plan, request), ".*"),
        (raise_metrics, "none"),
    ],
    ids=["experiment", "path", "generator", "testbed", "design", "rules", "engine", "metrics"],
)
def test_a_raised_version_renames_the_cells_concerned_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[pytest.MonkeyPatch], None],
    concerned: str,
) -> None:
    before = ids()
    change(monkeypatch)
    after = ids()
    assert after.keys() == before.keys()
    changed = {label for label in before if after[label] != before[label]}
    assert changed == {label for label in before if re.fullmatch(concerned, label)}
