from __future__ import annotations

import torch

from synact_bench.core.activations import RealActivations
from synact_bench.generators.cluster_gaussian import ClusterGaussian
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

CENTRES = torch.tensor([[0.0] * 8, [90.0] * 8])


def pool(*, sizes: tuple[int, int], seed: int = 0) -> RealActivations:
    """Two clusters; the first varies along the first axis most, the second along the last."""
    rng = rng_of(seed)
    scale = torch.ones(2, 8)
    scale[0, 0] = scale[1, -1] = 5.0
    cluster = torch.tensor([0] * sizes[0] + [1] * sizes[1])
    rows = CENTRES[cluster] + scale[cluster] * torch.randn(len(cluster), 8, generator=rng)
    return RealActivations(rows, tuple(f"doc-{row}" for row in range(len(cluster))))


def samples(real: RealActivations, n: int) -> torch.Tensor:
    generator = ClusterGaussian()
    generator.fit(real, toy_dictionary(), rng=rng_of(0))
    return generator.generate(n, rng=rng_of(1))


def test_samples_fall_on_the_clusters_as_often_as_the_pool_does():
    drawn = samples(pool(sizes=(300, 100)), 4000)
    near = torch.cdist(drawn, CENTRES).argmin(dim=1)
    assert abs((near == 0).float().mean() - 0.75) < 0.03
    assert torch.cdist(drawn, CENTRES).min(dim=1).values.max() < 40


def test_each_cluster_keeps_its_mean_and_covariance():
    real = pool(sizes=(400, 400))
    drawn = samples(real, 8000)
    for cluster in (0, 1):
        own = drawn[torch.cdist(drawn, CENTRES).argmin(dim=1) == cluster]
        stored = real.tensor[cluster * 400 :][:400]
        assert (own.mean(0) - stored.mean(0)).abs().max() < 0.35
        ratio = own.var(0) / stored.var(0)
        assert ratio.min() > 0.8
        assert ratio.max() < 1.5


def test_a_cluster_of_one_activation_is_not_returned_as_it_is():
    real = pool(sizes=(200, 1))
    drawn = samples(real, 3000)
    lonely = drawn[drawn.mean(dim=1) > 45]
    apart = (lonely - real.tensor[-1]).norm(dim=1)
    typical = torch.pdist(real.tensor[:200]).median()
    assert len(lonely) > 3
    assert apart.min() > typical / 10


def test_no_samples_are_an_empty_tensor():
    assert samples(toy_real(), 0).shape == (0, 8)
