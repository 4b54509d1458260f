"""One file added to a copy of the package is used from end to end, with no other edit.

A path, a metric, a generator, a testbed and a rule of copying: what CONTRIBUTING.md promises.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tomli_w

import synact_bench
from synact_bench import generators
from synact_bench.core.declarations import declared
from synact_bench.generators import BUILTINS
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.discovery import names
from synact_bench.metrics import METRICS
from synact_bench.paths import PATHS
from synact_bench.similarity.rules import RULES
from synact_bench.testbeds import spec
from tests.helpers.tiny_testbed import Home

HOME = Path(synact_bench.__file__).parent
ADDED = {
    "metrics/final_l2.py": '''
"""Final l2."""

import numpy as np

from synact_bench.metrics.base import Direction, PathMetric, PathValues, l2_curves
from synact_bench.metrics.tolerance import Tolerance


def final_l2(curves, _settings):
    values = l2_curves(curves)[:, -1]
    return PathValues(values, np.zeros(len(values), np.bool_))


FINAL_L2 = PathMetric(
    name="final_l2",
    version="1",
    unit="activation units",
    status="secondary",
    experiments=frozenset({"sensitivity"}),
    definition="l2 at the end of the path",
    compute=final_l2,
    direction=Direction("farther"),
    tolerance=Tolerance(absolute=0.5),
)
''',
    "paths/halfway.py": '''
"""Half way."""

from synact_bench.paths.checks import separated
from synact_bench.paths.shapes import Segments
from synact_bench.paths.spec import PathSpec


def halfway(base, target):
    return Segments(base, (target - base) / 2)


def off_the_mean(base, centre):
    return separated(base, centre.expand_as(base))


HALFWAY = PathSpec(
    name="halfway",
    version="1",
    summary="half of the way",
    build=halfway,
    keep=off_the_mean,
    diagnostic=True,
)
''',
    "generators/shifted.py": '''
"""Shifted real activations."""

from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn


class Shifted:
    card = GeneratorCard(name="shifted", version="1", track="unconditional")

    def fit(self, real, dictionary, *, rng):
        self._real = real

    def generate(self, n, *, rng):
        return self._real.draw(n, rng=rng) + 0.5


SHIFTED = BuiltIn(Shifted)
''',
    "similarity/rules/central.py": '''
"""Central rows."""

from synact_bench.similarity.pool import lengths
from synact_bench.similarity.rule import CloseRule


def from_the_mean(seen):
    return lengths(seen.view.points.astype("float64") - seen.stored.train.centre)


CENTRAL = CloseRule(
    name="central",
    measured="distance from the mean of the train pool",
    measure=from_the_mean,
)
''',
}
"""Files that are put into a copy of the package, by their place in it."""

SCRIPT = """
import json, sys
from pathlib import Path
import synact_bench
from synact_bench.generators.discovery import names
from synact_bench.metrics import METRICS
from synact_bench.paths import PATHS
from synact_bench.regression.tolerance import tolerance
from synact_bench.run import runner
from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions
from synact_bench.similarity.rules import RULES
from synact_bench.testbeds import spec

class Silent:
    def __getattr__(self, name):
        return lambda *_: None

request = open_request(RunOptions(testbed="copied", preset="smoke", runs="runs", diagnostic=True))
plans = [each for each in request.plans if each.entry.name in {"real", "shifted"}]
runner.run(plans, request.store, request.session, Silent())
cells = {}
for each in plans:
    cell = request.store.cell(each.identity)
    cells[each.label] = {
        "metrics": sorted(cell.sample.metrics),
        "rules": [each.rule for each in getattr(cell.record.inspection, "findings", ())],
        "final": cell.table.curves.l2[:, -1].tolist(),
        "path": cell.record.identity.path,
    }
    if "final_l2" in cell.sample.metrics:
        cells[each.label]["final_l2"] = cell.sample.values["final_l2"].values.tolist()
told = {
    "file": synact_bench.__file__,
    "tables": {
        "metrics": list(METRICS),
        "paths": list(PATHS),
        "generators": list(names()),
        "testbeds": list(spec.catalog()),
        "rules": list(RULES),
    },
    "tolerance": tolerance("final_l2").absolute,
    "cells": cells,
}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tiny_home: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process says that imports the copy and measures some of its cells."""
    folder = tmp_path_factory.mktemp("copy")
    package = folder / "synact_bench"
    shutil.copytree(HOME, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(tiny_home.baselines, folder / "baselines")
    for place, text in ADDED.items():
        assert not (package / place).exists()
        (package / place).write_text(text.lstrip(), encoding="utf-8")
    testbed = tiny_home.testbed.model_copy(update={"name": "copied"})
    declared = tomli_w.dumps(testbed.model_dump(mode="json", exclude_none=True, exclude={"scale"}))
    (package / "testbeds" / "catalog" / "copied.toml").write_text(declared, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={
            "PYTHONPATH": str(folder),
            "PATH": "",
            "HF_HUB_OFFLINE": "1",
            "SYNACT_CACHE": str(folder / "cache"),
            "HOME": str(folder),
        },
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert Path(said["file"]).parent == package
    return said


def test_what_is_added_joins_its_table_and_moves_nothing(told: dict[str, Any]) -> None:
    before = {
        "metrics": list(METRICS),
        "paths": list(PATHS),
        "rules": list(RULES),
        "generators": list(names()),
        "testbeds": list(spec.catalog()),
    }
    added = {
        "metrics": "final_l2",
        "paths": "halfway",
        "rules": "central",
        "generators": "shifted",
        "testbeds": "copied",
    }
    assert told["tables"].keys() == before.keys()
    for table, found in told["tables"].items():
        assert added[table] in found
        assert [each for each in found if each != added[table]] == before[table]


def test_what_has_no_order_stands_behind_what_has_one_by_name(told: dict[str, Any]) -> None:
    rows = {
        name: each
        for name, each in declared(generators.__name__, BuiltIn).items()
        if name in BUILTINS
    }
    tables: dict[str, tuple[str, Mapping[str, Any]]] = {
        "metrics": ("final_l2", METRICS),
        "paths": ("halfway", PATHS),
        "rules": ("central", RULES),
        "generators": ("shifted", rows),
    }
    for table, (name, known) in tables.items():
        places = sorted(
            [(each.order, one) for one, each in known.items()] + [(BuiltIn.order, name)]
        )
        assert told["tables"][table].index(name) == places.index((BuiltIn.order, name))


def test_the_generator_has_cells_and_every_rule_judges_them(told: dict[str, Any]) -> None:
    scored = {"sensitivity relative", "sensitivity matched", "plateau scaled"}
    own = {label for label in told["cells"] if label.startswith("shifted ")}
    assert own == {f"shifted {cell}" for cell in scored}
    for label in own:
        judged = told["cells"][label]["rules"]
        assert "central" in judged
        assert judged == [each for each in told["tables"]["rules"] if each in judged]


def test_the_metric_is_derived_where_it_is_defined(told: dict[str, Any]) -> None:
    for label, cell in told["cells"].items():
        assert ("final_l2" in cell["metrics"]) is ("sensitivity" in label), label
        if "final_l2" in cell:
            assert cell["final_l2"] == pytest.approx(cell["final"])
    assert told["tolerance"] == 0.5


def test_the_path_is_run_where_the_instrument_is_checked(told: dict[str, Any]) -> None:
    cell, whole = (told["cells"][f"real sensitivity {path}"] for path in ("halfway", "relative"))
    assert cell["path"] == "halfway@1"
    assert len(cell["final"]) == len(whole["final"])
    assert cell["final"] != whole["final"]
    assert "shifted sensitivity halfway" not in told["cells"]
