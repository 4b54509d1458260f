"""What a notebook or a plugin sets of torch and numpy changes no table."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import synact_bench
from synact_bench.core import pinned
from synact_bench.run.measuring import measure
from synact_bench.run.request import Request
from synact_bench.run.session import Session
from synact_bench.testbeds.spec import Testbed
from tests.attacks.misbehaviours import SETTING, Misbehaviour
from tests.helpers.requests import Unwatched, requested

LEARNER = (
    "z = torch.zeros(real.d_model, requires_grad=True); "
    "(real.tensor - z).square().mean().backward(); "
    "self.mean = torch.ones(3).mean() - z.grad; assert z.dtype == torch.float32"
)
"""A last line of ``fit`` that needs gradients, float32 and the CPU where it names none."""
PIECES = {("plateau", "scaled"), ("sensitivity", "relative")}
GLOBAL = {name: line for name, line in SETTING.items() if name != "sets-threads"}


def state() -> dict[str, Any]:
    """All that a plugin or a notebook may set."""
    return {each.name: each.read() for each in pinned.SETTINGS} | {
        "gradients": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "device": torch.get_default_device(),
        "numpy": np.geterr(),
        "warnings": list(warnings.filters),
        "threads": torch.get_num_threads(),
    }


def put_back(found: dict[str, Any]) -> None:
    torch.set_default_device(None)
    torch.set_grad_enabled(found["gradients"])
    torch.set_num_threads(found["threads"])
    np.seterr(**found["numpy"])
    for each in pinned.SETTINGS:
        each.write(found[each.name])


@pytest.fixture(params=GLOBAL)
def setting(request: pytest.FixtureRequest) -> Iterator[str]:
    """A line that a notebook begins with; what it sets is put back after the test."""
    before = state()
    with warnings.catch_warnings():
        exec(GLOBAL[request.param], {"torch": torch, "np": np, "warnings": warnings})
        changed = state() != before
        yield request.param
        put_back(before)
    assert changed, "the line sets nothing that is looked at"


def test_ours_hold_within_and_theirs_after(setting: str) -> None:
    theirs = state()
    with pinned.pinned():
        ours = state()
        assert ours | {"warnings": None} == FRESH | {"warnings": None}
        torch.set_default_dtype(torch.float16)
    assert state() == theirs


@pytest.fixture(scope="module", autouse=True)
def _fresh() -> None:
    FRESH.update(state() | {"threads": 1})


FRESH: dict[str, Any] = {}


def test_what_others_set_within_is_undone() -> None:
    before = state()
    for name, line in SETTING.items():
        with pinned.undone():
            exec(line, {"torch": torch, "np": np, "warnings": warnings})
        assert state() == before, name


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_gradients_are_there_under_any_mode(mode: Callable[[], Any]) -> None:
    with mode(), pinned.pinned():
        x = torch.ones(2, requires_grad=True)
        x.sum().backward()
    assert x.grad is not None


def tables(request: Request) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in request.folder.glob("*.parquet")}


def measured(folder: Path, *files: Path) -> Request:
    """Two cells of each row, plugins in this process."""
    request = requested(
        testbed="tiny",
        preset="smoke",
        generators=[str(each) for each in files],
        runs=folder,
        isolate=False,
    )
    wanted = [each for each in request.plans if each.identity.cell in PIECES]
    measure(wanted, request, Unwatched())
    return request


def learner(folder: Path) -> Path:
    return Misbehaviour(fit=LEARNER).write("learner", folder)


@pytest.fixture(scope="module")
def usual(_opened_session: Session) -> dict[str, bytes]:
    """Tables without any setting, filled by the first test that needs them."""
    return {}


@pytest.fixture
def expected(opened_once: Testbed, tmp_path: Path, usual: dict[str, bytes]) -> dict[str, bytes]:
    if not usual:
        before = state()
        usual.update(tables(measured(tmp_path / "usual", learner(tmp_path))))
        assert state() == before
    return usual


def test_a_notebook_s_setting_changes_no_table(
    expected: dict[str, bytes], setting: str, tmp_path: Path
) -> None:
    assert tables(measured(tmp_path / "runs", learner(tmp_path))) == expected


@pytest.mark.parametrize("name", SETTING)
def test_a_plugin_s_setting_changes_no_other_row(
    expected: dict[str, bytes], name: str, tmp_path: Path
) -> None:
    line = SETTING[name]
    setter = Misbehaviour(top=line, init=line, fit=line).write("setter", tmp_path)
    found = tables(measured(tmp_path / "runs", setter, learner(tmp_path)))
    others = {file: found[file] for file in found if not file.startswith("setter--")}
    assert others == expected
    assert len(found) > len(others)


@pytest.mark.usefixtures("no_figures")
def test_evaluate_is_the_same_after_all_settings_together(
    tiny_catalog: Testbed, tmp_path: Path
) -> None:
    """What the testbed is opened with, too; the plugin in a process of its own."""
    found: list[Any] = []
    file, before = learner(tmp_path), state()
    lines: Any
    for lines in ([], GLOBAL.values()):
        with warnings.catch_warnings():
            for line in lines:
                exec(line, {"torch": torch, "np": np, "warnings": warnings})
            runs = tmp_path / f"runs-{len(found)}"
            result = synact_bench.evaluate(str(file), "tiny", "smoke", runs=runs, progress=False)
            put_back(before)
        found.append({each.name: each.read_bytes() for each in result.folder.glob("*.parquet")})
    assert found[0] == found[1]
    assert any(name.startswith("learner--") for name in found[0])
