"""``synact-bench run`` with plugins of which one fails: a board of the others, and exit code 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synact_bench.run import runner
from synact_bench.run.session import Session
from synact_bench.testbeds.spec import Testbed
from tests.attacks.misbehaviours import CARD, Misbehaviour
from tests.helpers.commands import invoke, whole_cells
from tests.helpers.tiny_testbed import Home

pytestmark = pytest.mark.usefixtures("no_figures")


def run(tmp_path: Path, *options: str, **plugins: Misbehaviour) -> int:
    targets = [
        f"--generator={each.write(name.replace('_', '-'), tmp_path)}"
        for name, each in plugins.items()
    ]
    runs = f"--runs={tmp_path / 'runs'}"
    return invoke("run", "--testbed", "tiny", "--preset", "smoke", runs, *targets, *options)


@pytest.mark.parametrize("place", ["top", "fit"])
def test_the_others_are_shown_and_the_failed_is_told(
    opened_once: Testbed, capfd: pytest.CaptureFixture[str], tmp_path: Path, place: str
) -> None:
    bad = Misbehaviour(**{place: "import os; os._exit(0)"})  # type: ignore[arg-type]
    for _ in range(2):  # also where the others are stored already
        assert run(tmp_path, good=Misbehaviour(), bad=bad) == 1
        said = capfd.readouterr()
        assert "\ngood " in said.out
        (line,) = said.err.splitlines()
        assert line.startswith("synact-bench: row ")
        assert "bad" in line
        assert "ended its process with exit code 0; fix the plugin" in line
        told, how, status = said.out.splitlines()[-3:]
        assert told.startswith("not measured: 1 of 2 rows (")
        assert "the same command measures them alone" in how
        assert status == f"  synact-bench status {tmp_path / 'runs' / 'tiny' / 'smoke' / 'seed-0'}"


def test_a_row_whose_answer_is_not_finite_is_left_out_alone(
    opened_once: Testbed, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = Misbehaviour(generate="return self.mean.repeat(n, 1) * 1e18")
    code = run(tmp_path, good=Misbehaviour(), bad=bad)
    said = capfd.readouterr()
    assert "\ngood " in said.out
    assert code == (1 if "bad" in said.err else 0)


def test_where_all_fail_each_is_told_and_nothing_is_measured(
    opened_once: Testbed, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = Misbehaviour(fit="sys.exit(0)")
    assert run(tmp_path, one=bad, two=bad) == 2
    lines = capfd.readouterr().err.splitlines()
    assert [line.split()[2] for line in lines] == ["one", "two"]
    assert not (tmp_path / "runs").exists() or whole_cells(tmp_path / "runs") == 0


def test_a_plugin_refused_at_import_is_told_too_where_the_only_other_fails(
    opened_once: Testbed, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plugins = {"first": Misbehaviour(top="1 / 0"), "second": Misbehaviour(fit="sys.exit(0)")}
    assert run(tmp_path, **plugins) == 2
    first, second = capfd.readouterr().err.splitlines()
    assert "first" in first
    assert "ZeroDivisionError" in first
    assert second.startswith("synact-bench: row second is not measured: ")


def test_a_row_that_fails_on_one_testbed_costs_a_grid_no_other(
    opened_once: Testbed,
    tiny_home: Home,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("tiny-first", "tiny", "tiny-last")
    others = [tiny_home.testbed.model_copy(update={"name": name}) for name in names[::2]]
    tiny_home.install(monkeypatch, *others)
    opened = []
    prepare = runner.prepare

    def noted(testbed: Testbed, *given: Any, **named: Any) -> Session:
        opened.append(testbed.name)
        (tmp_path / "fails").unlink(missing_ok=True)
        if testbed.name == "tiny":
            (tmp_path / "fails").touch()
        return prepare(testbed, *given, **named)

    monkeypatch.setattr(runner, "prepare", noted)
    bad = Misbehaviour(fit=f"assert not os.path.exists({str(tmp_path / 'fails')!r})")
    targets = ",".join(
        str(each.write(name, tmp_path)) for name, each in (("good", Misbehaviour()), ("bad", bad))
    )
    asked = ("--preset", "smoke", "--testbeds", ",".join(names), "--generators", targets)
    assert invoke("grid", *asked, "--out", tmp_path / "out", "--runs", tmp_path / "runs") == 1
    assert opened == list(names)
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("synact-bench: row bad on tiny is not measured: generator 'bad': ")
    made = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    rows = {row["identity"]["name"]: row["standings"] for row in made["rows"]}
    reasons = {name: each["reason"] for name, each in rows["bad"].items()}
    assert reasons["tiny"] == "not measured" != reasons["tiny-first"] == reasons["tiny-last"]
    assert "not measured" not in {each["reason"] for each in rows["good"].values()}


def test_one_that_fails_alone_is_a_mistake_of_the_command(
    opened_once: Testbed, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    named = Misbehaviour(card=CARD.format(name="mean", track="unconditional"))
    assert run(tmp_path, named=named) == 2
    assert "another row of the board is called 'mean'" in capfd.readouterr().err


def test_a_limit_is_an_option(
    opened_once: Testbed, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(tmp_path, "--plugin-timeout=1", slow=Misbehaviour(top="while True: pass")) == 2
    assert "did not end within 1 s" in capfd.readouterr().err


def test_in_the_process_of_the_run_it_is_the_same(
    opened_once: Testbed, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = run(tmp_path, "--no-isolate", good=Misbehaviour(), bad=Misbehaviour(fit="sys.exit()"))
    said = capfd.readouterr()
    assert code == 1
    assert "bad is not measured: generator 'bad': fit raised SystemExit at" in said.err
    assert "\ngood " in said.out
