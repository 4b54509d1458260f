from __future__ import annotations

import re
from pathlib import Path

import pytest

from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.testbeds.spec import Testbed
from synact_bench.testing import RULES
from synact_bench.testing.check import STEPS
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import faulty, plugin

Said = pytest.CaptureFixture[str]


def test_check_shows_every_rule_and_what_a_sample_costs(capfd: Said) -> None:
    assert invoke("check", "gaussian") == 0
    lines = capfd.readouterr().out.splitlines()
    shown = [re.split(r"  +", line)[:2] for line in lines[2 : 2 + len(RULES)]]
    assert [name for name, _ in shown] == [rule.name for rule in RULES]
    assert {verdict.strip() for _, verdict in shown} == {"kept", "does not apply"}
    kept = f"gaussian: {len(RULES) - 2} kept, 2 does not apply"
    assert lines[-2].startswith(f"{kept}, on d_model 576, 5760 train activations of 1440 documents")
    cost = r"fit \S+ s; generate \S+ ms and \S+ kB a sample \(d_model 576\)"
    assert re.fullmatch(cost, lines[-1])


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


def test_check_on_a_testbed_says_what_it_does(tiny_catalog: Testbed, capfd: Said) -> None:
    assert invoke("check", "permuted-values", "--testbed", "tiny") == 0
    said = capfd.readouterr().out
    lines = said.splitlines()
    assert lines[0] == "opening tiny: its model, 400 activations, its SAE"
    assert lines[1 : 1 + len(STEPS)] == [
        f"{at}/{len(STEPS)} {name}" for at, name in enumerate(STEPS, start=1)
    ]
    assert ", on d_model 16, " in said
    assert "a sample (d_model 16)" in said
    assert "not looked for: test documents give" in lines[-1]
    assert "no testbed 'tiney'" in refused(capfd, "check", "mean", "--testbed", "tiney")


@pytest.mark.usefixtures("tiny_catalog")
def test_check_on_a_testbed_looks_for_no_copies_among_reconstructions(
    capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synact_bench.cli.check.FLAGGED_ON", "smoke")
    assert invoke("check", "noise-added", "--testbed", "tiny") == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[-1].startswith("reconstruction") or "experiment" in lines[-2]
    assert not any("near-duplicate" in line or "echo" in line for line in lines)


MEMORISER = "return self.pool[torch.randint(len(self.pool), (n,), generator=rng)]"


@pytest.mark.usefixtures("tiny_catalog")
def test_check_on_a_testbed_shows_flags_with_value_and_limit(
    tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synact_bench.cli.check.FLAGGED_ON", "smoke")
    path = plugin(tmp_path, "self.pool = real.tensor", MEMORISER, track="unconditional")
    assert invoke("check", path, "--testbed", "tiny") == 0
    out = capfd.readouterr().out
    for experiment in EXPERIMENTS:
        wanted = rf"{experiment} +near-duplicate +flagged +100 % of its activations, real \d+ %"
        assert re.search(wanted, out)
    assert re.search(r"sensitivity +test-pool +0 % of its activations, real", out)
