from __future__ import annotations

from types import SimpleNamespace

import pytest

from synact_bench.core.errors import SynactError
from synact_bench.run.executors.actors import Actors, shared


@pytest.mark.parametrize(
    ("processors", "size", "threads"),
    [
        ([16, 16, 16, 16], 32, 2),
        ([16, 16], 2, 16),
        ([16, 16], 3, 8),  # not 10, of which only two would find room
        ([16, 4], 5, 4),
        ([2], 8, 1),
        ([], 2, 1),
    ],
)
def test_processors_of_nodes_are_shared_out(processors: list[int], size: int, threads: int) -> None:
    assert shared(processors, size) == threads


def test_a_worker_that_no_node_can_hold_is_refused() -> None:
    ray = pytest.importorskip("ray")
    with pytest.raises(SynactError, match="no node has 1 processors and 64 GPUs"):
        Actors(1, address=None, gpus=64, threads=1)
    assert not ray.is_initialized()


@pytest.mark.parametrize("name", ["NodeDiedError", "OutOfMemoryError"])
def test_whatever_ray_raises_of_a_worker_means_that_it_is_lost(name: str) -> None:
    ray = pytest.importorskip("ray")
    error, killed = getattr(ray.exceptions, name), list[object]()

    def get(_: object) -> None:
        raise error("the node has none left")

    actors = Actors.__new__(Actors)
    vars(actors).update(
        _ray=SimpleNamespace(get=get, kill=killed.append, exceptions=ray.exceptions),
        _said={"one": iter(["said"]), "other": iter([])},
        _actors={"one", "other"},
    )
    assert [actors._next(each).kind for each in ("one", "other")] == ["lost", "lost"]
    assert killed == ["one", "other"]
