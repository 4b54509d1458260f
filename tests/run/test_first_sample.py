"""What no real activation could fix is found on random ones, before a testbed is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import synact_bench
from synact_bench.core.errors import PluginError
from synact_bench.generators import discovery
from synact_bench.models import custom
from synact_bench.models.subject import Subject
from synact_bench.run import first_sample, plan, stored_facts
from synact_bench.run.measuring import measure
from synact_bench.testbeds.spec import Testbed
from tests.helpers.faulty import FAULTS, GOOD, faulty, plugin
from tests.helpers.requests import Unwatched, requested

FOUND = {
    "float64": ("return self.mean.repeat(n, 1).double()", "dtype torch.float64; return it with"),
    "half": ("return self.mean.repeat(n, 1).half()", "dtype torch.float16; return it with"),
    "integers": ("return torch.ones(n, len(self.mean), dtype=int)", "dtype torch.int64; return"),
    "array": ("return self.mean.repeat(n, 1).numpy()", "a ndarray; return a torch.Tensor"),
    "list": ("return self.mean.repeat(n, 1).tolist()", "a list; return a torch.Tensor"),
    "nothing": ("pass", "a NoneType; return a torch.Tensor"),
    "sparse": ("return self.mean.repeat(n, 1).to_sparse()", "a torch.sparse_coo tensor; return"),
}
"""Body of ``generate``, and what is said of it."""
PASSED = {
    "needs more dimensions": ("pass", "return torch.linalg.qr(self.mean[:300].reshape(10, 30))"),
    "of its testbed's width": ("pass", "return torch.randn(n, 576, generator=rng)"),
    "fit needs more": ("assert len(real) > 10_000", GOOD),
    "leaves": ("raise SystemExit", GOOD),
    "not finite": ("pass", "return self.mean.repeat(n, 1) * torch.nan"),
    "sound": ("pass", GOOD),
}
"""Last line of ``fit`` and body of ``generate``: real activations decide."""


def entries(path: Path) -> list[plan.Entry]:
    return plan.entries([discovery.find(str(path))()])


@pytest.mark.parametrize("mistake", FOUND)
def test_what_is_no_float32_tensor_is_refused(mistake: str, tmp_path: Path) -> None:
    body, said = FOUND[mistake]
    path = plugin(tmp_path, generate=body, track="unconditional")
    refused = first_sample.refusals(entries(path))
    assert str(refused["faulty"]).startswith(f"generator 'faulty': generate returned {said}")


@pytest.mark.parametrize("case", PASSED)
def test_what_real_activations_must_decide_passes(case: str, tmp_path: Path) -> None:
    fit, generate = PASSED[case]
    given = entries(plugin(tmp_path, fit, generate, track="unconditional"))
    assert not first_sample.refusals(given)


def test_a_conditioned_generator_is_shown_one_base(tmp_path: Path) -> None:
    body = "assert base.shape[0] == 1; return base.double()"
    path = plugin(tmp_path, generate=body, track="conditioned")
    assert "dtype torch.float64" in str(first_sample.refusals(entries(path))["faulty"])


def test_the_generator_and_global_states_are_left_as_they_are(tmp_path: Path) -> None:
    fit = "torch.manual_seed(0); torch.set_grad_enabled(False)"
    mine = discovery.find(str(plugin(tmp_path, fit, GOOD, track="unconditional")))()
    entry = plan.Entry("faulty", mine)
    before = torch.get_rng_state()
    assert not first_sample.refusals([entry])
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.is_grad_enabled()
    assert not hasattr(mine, "mean")


def test_each_plugin_is_tried_once_and_nothing_of_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refusal(generator: object) -> None:
        tried.append(type(generator).__name__)

    monkeypatch.setattr(first_sample, "refusal", refusal)
    mine = discovery.find(str(plugin(tmp_path, track="unconditional")))()
    ours = [discovery.find(name)() for name in ("gaussian", "cluster-flow", "ladder-1")]
    said: list[str] = []
    given = [*plan.entries([mine, *ours]), plan.Entry("faulty", mine)]
    assert not first_sample.refusals(given, say=said.append)
    assert tried == ["Faulty"]
    assert said == ["trying faulty on random activations"]


def test_a_run_looks_before_it_opens_the_testbed(
    tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Subject, "open", lambda *_, **__: pytest.fail("it was opened"))
    target = str(faulty(tmp_path, "dtype"))
    request = requested(testbed="tiny", preset="smoke", generators=[target], runs=tmp_path / "runs")
    with pytest.raises(PluginError, match=r"dtype torch\.float64"):
        measure(request.plans, request, Unwatched())
    with pytest.raises(PluginError, match=r"dtype torch\.float64"):
        synact_bench.evaluate(target, "tiny", "smoke", runs=tmp_path / "runs", progress=False)
    assert not (tmp_path / "runs").exists()


def test_it_looks_before_a_testbed_of_ones_own_is_measured(
    tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Subject, "open", lambda *_, **__: pytest.fail("it was opened"))
    mine = custom.varied(tiny_catalog.setup.model_copy(update={"name": "mine"}), sae="pca")
    said: list[str] = []
    with pytest.raises(PluginError, match=r"dtype torch\.float64"):
        requested(
            testbed=mine,
            preset="smoke",
            generators=[str(faulty(tmp_path, "dtype"))],
            runs=tmp_path / "runs",
            say=said.append,
        )
    assert said == ["trying faulty on random activations"]


def test_it_looks_once_whatever_a_testbed_lacks(
    tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def complete(*_: object, say: Callable[[str], object], **__: object) -> Testbed:
        say("measuring facts")
        say("measuring the scale")
        return tiny_catalog

    monkeypatch.setattr(stored_facts, "load_or_measure", complete)
    target = str(plugin(tmp_path, generate=GOOD, track="unconditional"))
    said: list[str] = []
    requested(testbed="tiny", preset="quick", generators=[target], say=said.append)
    assert said == [
        "trying faulty on random activations",
        "measuring facts",
        "measuring the scale",
    ]


def test_only_a_mistake_of_the_output_s_kind_is_found(tmp_path: Path) -> None:
    """Every other fault is left to the run, which says more of it."""
    refused = []
    for mistake in FAULTS:
        if first_sample.refusals(entries(faulty(tmp_path, mistake))):
            refused.append(mistake)
    assert refused == ["dtype"]
