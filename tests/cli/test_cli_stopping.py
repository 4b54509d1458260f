from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synact_bench import cli
from synact_bench.cli import stopping
from synact_bench.results.store import Store
from synact_bench.testbeds.spec import Testbed
from tests.helpers.commands import invoke


@pytest.mark.parametrize("after", [0, 2])
def test_an_interrupted_run_says_what_is_kept_and_the_command_that_goes_on(
    opened_once: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    write, runs = Store.write, tmp_path / "my runs"

    def stopped(store: Store, *given: Any) -> None:
        if len(list(runs.rglob("*.parquet"))) == after:
            raise KeyboardInterrupt
        write(store, *given)

    monkeypatch.setattr(Store, "write", stopped)
    asked = ("--testbed", "tiny", "--preset", "smoke", "--generator", "mean", "--runs", runs)
    assert invoke("run", *asked) == cli.INTERRUPTED
    kept, on = capfd.readouterr().err.splitlines()
    folder = runs / "tiny" / "smoke" / "seed-0"
    assert kept.startswith(f"synact-bench: stopped: {after} of the ")
    assert kept.endswith(f" cells that were missing are measured and kept in {folder}")
    again = f"synact-bench run --testbed tiny --preset smoke --generator mean --runs '{runs}'"
    assert on == f"synact-bench: to go on from there: {again}"


def test_an_interrupt_outside_of_measuring_says_the_command_too(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.Verbs, "get_command", interrupted)
    assert invoke("run", "--preset", "quick") == cli.INTERRUPTED
    assert capfd.readouterr().err.splitlines() == [
        f"synact-bench: {stopping.STOPPED}: {stopping.KEPT}",
        "synact-bench: to go on from there: synact-bench run --preset quick",
    ]
