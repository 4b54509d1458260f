from __future__ import annotations

import pytest

from synact_bench.run.executors.actors import shared


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
