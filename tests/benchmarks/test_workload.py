from __future__ import annotations

import pytest
import torch

from benchmarks.workload import Workload


@pytest.fixture
def workload(trained):
    return Workload.on(trained.testbed, trained.model, paths=3, points=5)


def test_both_ways_sweep_the_same_paths(workload):
    segments = workload.segments()
    curves = workload.run(workload.sweeper(), segments)
    l2, kl = workload.run_authors_way(segments)
    assert curves.l2.shape == l2.shape == (3, 5)
    assert workload.count == 15
    assert l2[:, -1].min() > 0.01
    torch.testing.assert_close(torch.from_numpy(curves.l2), l2, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(torch.from_numpy(curves.kl), kl, rtol=1e-3, atol=1e-5)


def test_paths_lead_from_own_to_another_prompt_s_activation(workload):
    own = workload.model.capture(workload.ids, workload.hooks["write_hook"])[:, -1]
    ends = workload.segments().points(torch.tensor([0.0, 1.0]))
    assert torch.equal(ends[:, 0], own[1:])
    torch.testing.assert_close(ends[:, 1], own[:-1])


def test_what_is_not_given_is_the_testbed_s(trained, workload):
    assert workload.hooks == {
        "write_hook": trained.testbed.write_hook,
        "read_hook": trained.testbed.read_hook,
    }
    assert workload.ids.shape[1] == trained.testbed.n_ctx
    other = Workload.on(trained.testbed, trained.model, paths=1, points=2, n_ctx=9, write_layer=2)
    assert other.ids.shape == (2, 9)
    assert other.hooks["write_hook"] == "blocks.2.hook_resid_pre"
    assert other.point_flop < workload.point_flop


def test_too_few_prompts_are_an_error(trained):
    with pytest.raises(ValueError, match=r"tiny gives \d+ prompts of 6 tokens, not 10001"):
        Workload.on(trained.testbed, trained.model, paths=10_000, points=2)
