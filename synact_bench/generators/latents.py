"""Active latents of activations, and which latents lie near one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.core.dictionary import Dictionary

LatentIds = NDArray[np.int64]
"""Ids of latents in the dictionary, never positions in a list of some of them."""


@dataclass(frozen=True, eq=False)
class ActiveLatents:
    """The latents that make up one activation, largest value first.

    Attributes:
        ids: distinct latent ids, ``[k]``.
        values: their values, ``[k]`` float32.
    """

    ids: LatentIds
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


def active_latents(dictionary: Dictionary, activations: Tensor) -> list[ActiveLatents]:
    """The active alive latents of each row of ``activations`` ``[n, d_model]``.

    A latent that is dead in the train pool is left out even where it fires here: it has no
    frequency to match. Equal values are ordered by id.
    """
    alive = dictionary.alive.numpy()
    values = dictionary.encode(activations).detach().float().numpy()[:, alive]
    found = []
    for row in values:
        active = np.flatnonzero(row > 0)
        order = active[np.argsort(-row[active], kind="stable")]
        found.append(ActiveLatents(alive[order], row[order]))
    return found


def decoded(dictionary: Dictionary, samples: Sequence[ActiveLatents]) -> Tensor:
    """The activations that ``samples`` stand for, ``[len(samples), d_model]`` float32."""
    dense = np.zeros((len(samples), dictionary.d_sae), dtype=np.float32)
    for row, sample in zip(dense, samples, strict=True):
        row[sample.ids] = sample.values
    return dictionary.decode(torch.from_numpy(dense)).detach().float()


class LatentRanking:
    """Latents in ascending order of a key.

    Args:
        ids: latent ids, ascending, ``[m]``; equal keys keep this order.
        keys: one number per id, ``[m]``.
    """

    def __init__(self, ids: LatentIds, keys: NDArray[np.floating]) -> None:
        order = np.argsort(keys, kind="stable")
        self.ids = ids[order]
        self.keys = keys[order]

    def nearest(self, key: float, count: int, *, taken: NDArray[np.bool_]) -> LatentIds:
        """Up to ``count`` untaken latents whose keys are nearest ``key``, nearest first.

        Args:
            key: a number on the scale of the keys.
            count: how many latents to return; fewer only when no more are untaken.
            taken: True for the latents not to return, ``[d_sae]``.
        """
        return self.around(int(np.searchsorted(self.keys, key)), key, count, taken=taken)

    def around(
        self, position: int, key: float, count: int, *, taken: NDArray[np.bool_]
    ) -> LatentIds:
        """As ``nearest``, for a key that belongs at ``position``; ties go to the closest rank."""
        # At most this many ranks on either side are taken or returned: the rest need no look.
        reach = count + int(np.count_nonzero(taken))
        window = slice(max(0, position - reach), position + reach + 1)
        ids = self.ids[window]
        ranks = np.arange(window.start, window.start + len(ids))
        order = np.lexsort((np.abs(ranks - position), np.abs(self.keys[window] - key)))
        ordered = ids[order]
        return ordered[~taken[ordered]][:count]


class SparsityNeighbours:
    """Alive latents by how near their log10 firing frequencies are."""

    def __init__(self, dictionary: Dictionary) -> None:
        alive = dictionary.alive
        self._ranking = LatentRanking(alive.numpy(), dictionary.log_frequency[alive].numpy())
        self._rank = np.full(dictionary.d_sae, -1)
        self._rank[self._ranking.ids] = np.arange(len(alive))
        self._none_taken = np.zeros(dictionary.d_sae, dtype=np.bool_)

    def of(self, latent: int, count: int, *, taken: NDArray[np.bool_] | None = None) -> LatentIds:
        """Up to ``count`` untaken alive latents most similar in sparsity to ``latent``.

        ``latent`` must be alive. It is its own neighbour only when nothing else is untaken.
        """
        rank = int(self._rank[latent])
        found = self._ranking.around(
            rank,
            float(self._ranking.keys[rank]),
            count + 1,
            taken=self._none_taken if taken is None else taken,
        )
        others = found[found != latent][:count]
        return others if len(others) else found
