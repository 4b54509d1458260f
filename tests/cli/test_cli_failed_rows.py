"""``synact-bench run`` with plugins of which one fails: a board of the others, and exit code 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.testbeds.spec import Testbed
from tests.attacks.misbehaviours import CARD, Misbehaviour
from tests.helpers.commands import invoke, whole_cells


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
        assert "ended its process with exit code 0; mend the plugin" in line


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
    assert run(tmp_path, one=bad, two=bad) == 1
    lines = capfd.readouterr().err.splitlines()
    assert [line.split()[2] for line in lines] == ["one", "two"]
    assert not (tmp_path / "runs").exists() or whole_cells(tmp_path / "runs") == 0


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
