from __future__ import annotations

import re
from pathlib import Path

import pytest

from synact_bench.testbeds.spec import Testbed
from synact_bench.testing import RULES
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import faulty, plugin

Said = pytest.CaptureFixture[str]


def test_check_shows_every_rule_and_what_a_sample_costs(capfd: Said) -> None:
    assert invoke("check", "gaussian") == 0
    lines = capfd.readouterr().out.splitlines()
    shown = [re.split(r"  +", line)[:2] for line in lines[2 : 2 + len(RULES)]]
    assert [name for name, _ in shown] == [rule.name for rule in RULES]
    assert {verdict.strip() for _, verdict in shown} == {"kept", "does not apply"}
    assert lines[-2] == f"gaussian: {len(RULES) - 2} kept, 2 does not apply"
    assert re.fullmatch(r"fit \S+ s; generate \S+ ms and \S+ kB a sample \(d_model 16\)", lines[-1])


def test_check_says_how_to_mend_a_broken_rule(tmp_path: Path, capfd: Said) -> None:
    path = faulty(tmp_path, "dtype")
    assert invoke("check", path) == 1
    out = " ".join(capfd.readouterr().out.split())
    assert "dtype broken generate returned dtype torch.float64. Models are run in float32" in out
    assert "Return it with .float()." in out
    assert f"{path}: " in out
    assert "cost not measured: a rule that it needs is broken" in out


def test_check_says_what_a_submission_may_not_hold(tmp_path: Path, capfd: Said) -> None:
    path = plugin(tmp_path, track="unconditional")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('version="1"', 'version="1", summary="By @me."'), encoding="utf-8")
    assert invoke("check", path) == 0
    last = capfd.readouterr().out.splitlines()[-1]
    assert last.startswith("'synact-bench submit' would refuse it: card.summary: holds an address")


def test_check_needs_something_to_check(tmp_path: Path, capfd: Said) -> None:
    assert "there is no generator 'gausian'" in refused(capfd, "check", "gausian")
    missing = tmp_path / "nothing.py"
    assert f"{missing}: there is no such file" in refused(capfd, "check", missing)


def test_check_on_a_testbed(tiny_catalog: Testbed, capfd: Said) -> None:
    assert invoke("check", "permuted-values", "--testbed", "tiny") == 0
    assert capfd.readouterr().out.splitlines()[-1].endswith("a sample (d_model 16)")
    assert "no testbed 'tiney'" in refused(capfd, "check", "mean", "--testbed", "tiney")
