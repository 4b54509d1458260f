from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.errors import SynactError
from synact_bench.generators.clusters import Clusters, neighbour_distances, parting
from tests.helpers.toys import rng_of

D = 6


def clustered(sizes: list[int], *, spread: float = 0.1, seed: int = 0) -> torch.Tensor:
    """Rows about centres that lie about 100 apart."""
    rng = rng_of(seed)
    centres = 30 * torch.randn(len(sizes), D, generator=rng)
    own = centres.repeat_interleave(torch.tensor(sizes), dim=0)
    return own + spread * torch.randn(own.shape, generator=rng)


def test_rows_that_lie_close_are_one_cluster():
    sizes = [30, 12, 5, 1, 1]
    rows = clustered(sizes)
    clusters = Clusters.of(rows, rng=rng_of(1))
    assert sorted(clusters.size.tolist(), reverse=True) == sizes
    assert 0.1 < clusters.radius < 10
    for cluster, (start, size) in enumerate(zip(clusters.start, clusters.size, strict=True)):
        members = clusters.rows[start : start + size]
        assert (clusters.cluster[start : start + size] == cluster).all()
        assert torch.allclose(members.mean(0), clusters.mean[cluster], atol=1e-5)
        assert (members - members[0]).norm(dim=-1).max() < 2


def test_clusters_keep_every_row_once_and_leave_the_pool_alone():
    rows = clustered([40, 3, 3])
    before = rows.clone()
    clusters = Clusters.of(rows, rng=rng_of(1))
    assert torch.equal(rows, before)
    assert torch.equal(clusters.rows.sort(dim=0).values, rows.sort(dim=0).values)


def test_clusters_found_in_many_chunks_are_those_found_in_one(monkeypatch):
    rows = clustered([40, 30, 20, 1])
    whole = Clusters.of(rows, rng=rng_of(1))
    monkeypatch.setattr("synact_bench.generators.clusters.CHUNK", 7)
    parted = Clusters.of(rows, rng=rng_of(1))
    assert torch.equal(whole.cluster, parted.cluster)
    assert torch.equal(whole.rows, parted.rows)


def test_no_row_lies_beyond_the_radius_of_the_first_of_its_cluster():
    rows = torch.randn(300, D, generator=rng_of(3))
    clusters = Clusters.of(rows, rng=rng_of(1))
    first = clusters.rows[clusters.start][clusters.cluster]
    assert (clusters.rows - first).norm(dim=-1).max() <= clusters.radius * (1 + 1e-5)
    assert clusters.size.max() > 1


@pytest.mark.parametrize("n", [0, 1])
def test_a_pool_without_neighbours_is_refused(n):
    with pytest.raises(SynactError, match=f"the train pool: {n} activations have no neighbours"):
        Clusters.of(torch.zeros(n, D), rng=rng_of(0))


def test_rows_that_are_all_alike_are_refused():
    with pytest.raises(SynactError, match="no two activations that differ lie close"):
        Clusters.of(torch.ones(9, D), rng=rng_of(0))


def test_neighbour_distances_leave_the_row_itself_out():
    rows = torch.tensor([[0.0], [3.0], [3.5], [10.0]])
    assert neighbour_distances(rows[:3], rows).tolist() == [3.0, 0.5, 0.5]


@given(
    near=st.lists(st.floats(1, 3), min_size=3, max_size=40, unique=True),
    far=st.lists(st.floats(300, 900), min_size=3, max_size=40, unique=True),
)
def test_parting_lies_between_two_groups_of_any_share(near, far):
    found = parting(torch.tensor(near + far, dtype=torch.float64))
    assert max(near) < found < min(far)


def test_distances_of_one_group_are_all_near():
    distances = torch.randn(500, generator=rng_of(0), dtype=torch.float64).exp()
    assert parting(distances) == pytest.approx(float(distances.max()))


@given(
    values=st.lists(st.floats(0.1, 100), min_size=2, max_size=30, unique=True),
    factor=st.floats(0.01, 100),
)
def test_parting_has_the_unit_of_the_distances_and_holds_the_smallest(values, factor):
    distances = torch.tensor(values, dtype=torch.float64)
    assert parting(distances) >= min(values)
    assert parting(factor * distances) == pytest.approx(factor * parting(distances), rel=1e-6)


def test_parting_of_nothing_but_repeats_is_zero():
    assert parting(torch.zeros(5, dtype=torch.float64)) == 0
    assert parting(torch.tensor([0.0, 2.0], dtype=torch.float64)) == 2


def test_covariance_is_that_about_the_clusters_own_means():
    clusters = Clusters.of(clustered([400, 200, 1], spread=0.5), rng=rng_of(1))
    assert torch.allclose(clusters.covariance, 0.25 * torch.eye(D).double(), atol=0.05)


def test_whitened_residuals_have_covariance_one():
    clusters = Clusters.of(clustered([300, 200, 1, 1]), rng=rng_of(1))
    white = (clusters.residuals @ clusters.whitening).double()
    assert torch.allclose(
        white.T @ white / int((clusters.size - 1).sum()), torch.eye(D).double(), atol=1e-3
    )


def test_spread_tells_wide_clusters_from_narrow_ones():
    narrow, wide = clustered([90, 1, 1], spread=0.1), clustered([110, 1, 1], spread=0.4, seed=1)
    clusters = Clusters.of(torch.cat([narrow, wide]), rng=rng_of(1))
    (first,), (second,) = (clusters.spread[clusters.size == size].tolist() for size in (90, 110))
    assert second / first == pytest.approx(4, rel=0.15)


def test_spread_of_single_rows_follows_their_place():
    # Clusters stray the farther, the larger their first coordinate; two of them have one row.
    place = torch.linspace(0, 1, 40).repeat_interleave(5)[:, None]
    rows = 300 * place * torch.ones(D) + 0.1 * 8**place * torch.randn(200, D, generator=rng_of(2))
    kept = torch.cat([rows[:1], rows[5:-5], rows[-1:]])
    clusters = Clusters.of(kept, rng=rng_of(1))
    lonely = clusters.spread[clusters.size == 1]
    assert len(lonely) == 2
    assert lonely.max() / lonely.min() > 2


def test_a_mean_of_few_rows_widens_what_is_drawn_about_it():
    assert Clusters.widening(torch.tensor([1, 4])).tolist() == pytest.approx([2**0.5, 1.25**0.5])
