"""Shards: parts of a run that know nothing of one another, and make it up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from synact_bench.core.errors import SynactError

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """The ``index``-th of ``count`` parts of a run, from 1.

    Raises:
        SynactError: there is no such part.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count:
            raise SynactError(
                f"is {self.index}/{self.count}",
                where="--shard",
                fix="give i/n, with i from 1 to n",
            )

    @classmethod
    def parse(cls, said: str) -> Shard:
        """Read ``i/n``.

        Raises:
            SynactError: it is none, or there is no such part.
        """
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", said)
        if found is None:
            raise SynactError(f"is {said!r}", where="--shard", fix="give i/n, such as 1/4")
        return cls(*map(int, found.groups()))

    def of(self, items: Sequence[T], weights: Sequence[int]) -> list[T]:
        """Its part: neighbours, of about one ``count``-th of all weight.

        The parts of one count are disjoint and make up the whole, whatever is stored, so that jobs
        that know nothing of one another agree. Neighbours share a testbed, which few then open.

        Args:
            items: of the whole run, in its order.
            weights: of each, positive.
        """
        total, before, found = sum(weights), 0, []
        for item, weight in zip(items, weights, strict=True):
            middle = 2 * before + weight  # of the item, in halves
            if middle * self.count // (2 * total) == self.index - 1:
                found.append(item)
            before += weight
        return found
