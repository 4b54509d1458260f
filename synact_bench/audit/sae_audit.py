"""The audit of SAE scores: what the three lenses found, of every score by which SAEs are ranked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import ClassVar, TypeVar

from synact_bench.audit.sae_lenses import (
    ExpectedPair,
    LensVerdict,
    Monotone,
    NamedEstimates,
    Reseeding,
    monotone,
    overall,
    pairs,
    reseeding,
)
from synact_bench.audit.sae_scores import EXPLAINED, FirstBases
from synact_bench.reports.comparable import BoardSetting
from synact_bench.reports.json_export import to_json
from synact_bench.scoring import Estimate
from synact_bench.scoring.ranking import holm

RESEED, TRAINING, SIZE, TRUTH = "reseed", "training", "size", "truth"
"""Names of the lenses: of discriminability there are two, along training and between sizes."""
LENSES = (RESEED, TRAINING, SIZE, TRUTH)

Key = TypeVar("Key")


@dataclass(frozen=True, eq=False)
class Truth:
    """A planted testbed, of which it is known which dictionary is better.

    Attributes:
        setting: how its cells were measured.
        documents: that the bases come from.
        ladders: by kind of corruption, then by score: the dictionaries by their dose, which is
            negated, so that the true one comes last.
        pairs: by score: the true dictionary and principal components.
    """

    setting: BoardSetting
    documents: int
    ladders: Mapping[str, Mapping[str, Monotone]]
    pairs: Mapping[str, tuple[ExpectedPair, ...]]


@dataclass(frozen=True, eq=False)
class SaeAudit:
    """What the lenses found; a lens that was not looked through is empty.

    Attributes:
        setting: how the cells of the testbed were measured; None if the planted one alone was.
        documents: that its bases come from.
        replicates: of the bootstrap; 0 where there are too few documents for any verdict.
        compositions: generators whose rows the scores are made of.
        reseeded: name of the dictionary that was measured with several seeds.
        reseeding: by score.
        training: by score, the snapshots by their step.
        size: by score, pairs of dictionaries of which one is expected to be better.
        truth: of the planted testbed.
        lacking: by lens, why it, or a part of it, was not looked through.
        flagged: by dictionary, compositions that break a rule of copying or collapse.
    """

    setting: BoardSetting | None
    documents: int
    replicates: int
    compositions: tuple[str, ...]
    reseeded: str | None = None
    reseeding: Mapping[str, Reseeding] = field(default_factory=lambda: MappingProxyType({}))
    training: Mapping[str, Monotone] = field(default_factory=lambda: MappingProxyType({}))
    size: Mapping[str, tuple[ExpectedPair, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    truth: Truth | None = None
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    flagged: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    derived: ClassVar[tuple[str, ...]] = ("verdicts",)

    @property
    def verdicts(self) -> dict[str, dict[str, LensVerdict]]:
        """By score, by lens: of those that were looked through; of too few documents, none."""
        found: dict[str, dict[str, LensVerdict]] = {}
        if not self.replicates:
            return found
        for lens, verdicts in {
            RESEED: {name: each.verdict for name, each in self.reseeding.items()},
            TRAINING: {name: each.verdict for name, each in self.training.items()},
            SIZE: {name: overall(each) for name, each in self.size.items()},
            TRUTH: {} if self.truth is None else truth_verdicts(self.truth),
        }.items():
            for name, verdict in verdicts.items():
                found.setdefault(name, {})[lens] = verdict
        return found

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
        return to_json(self)


def truth_verdicts(truth: Truth) -> dict[str, LensVerdict]:
    """By score: fails if one ladder or pair does, passes if all do."""
    found: dict[str, LensVerdict] = {}
    for name in dict.fromkeys(name for ladder in truth.ladders.values() for name in ladder):
        own: set[LensVerdict] = {
            ladder[name].verdict for ladder in truth.ladders.values() if name in ladder
        }
        if name in truth.pairs:
            own.add(overall(truth.pairs[name]))
        if "fails" in own:
            found[name] = "fails"
        else:
            found[name] = "passes" if own == {"passes"} else "cannot be told"
    return found


def by_seed(measured: Mapping[int, NamedEstimates]) -> dict[str, Reseeding]:
    """The lens on reseed noise; p-values are Holm-adjusted for all scores.

    Args:
        measured: by seed, by name of the score.
    """
    told = {name: reseeding(each) for name, each in _turned(measured).items()}
    found = {name: each for name, each in told.items() if each is not None}
    adjusted = holm([each.pvalue for each in found.values()])
    return {
        name: replace(each, pvalue=float(pvalue))
        for (name, each), pvalue in zip(found.items(), adjusted, strict=True)
    }


def by_place(measured: Mapping[float, NamedEstimates]) -> dict[str, Monotone]:
    """The lens on an order that is known.

    Args:
        measured: by place in the order, rising from the worst dictionary, by name of the score.
    """
    return {name: monotone(each) for name, each in _turned(measured).items() if len(each) > 1}


def by_pair(
    order: Sequence[str],
    measured: Mapping[str, NamedEstimates],
    subsets: Mapping[str, Mapping[int, FirstBases]],
    *,
    bases: int,
    documents: int,
) -> dict[str, tuple[ExpectedPair, ...]]:
    """The lens on pairs of which one is expected to be better.

    Args:
        order: names of dictionaries, from the best to the worst.
        measured: by dictionary, by name of the score, on all bases.
        subsets: by dictionary, by number of bases, the same on the first ones.
        bases: how many there are.
        documents: that these are of.
    """
    sizes = set.intersection(*(set(subsets[name]) for name in order))
    found = {}
    for score in _shared(measured[name] for name in order):
        if score == EXPLAINED:  # has no interval, and is 1 for principal components
            continue
        here = {
            size: {name: subsets[name][size].scores[score] for name in order}
            for size in sizes
            if all(score in subsets[name][size].scores for name in order)
        }
        many = {size: subsets[order[0]][size].documents for size in here}
        whole = {name: measured[name][score] for name in order}
        found[score] = pairs(order, {**here, bases: whole}, {**many, bases: documents})
    return found


def _turned(measured: Mapping[Key, NamedEstimates]) -> dict[str, dict[Key, Estimate]]:
    """By score, then by what ``measured`` is by: of scores that all of them have."""
    return {
        name: {key: scores[name] for key, scores in measured.items()}
        for name in _shared(measured.values())
    }


def _shared(measured: Iterable[NamedEstimates]) -> list[str]:
    """Names of the scores that all dictionaries have, in the order of the first's."""
    first, *others = measured
    return [name for name in first if all(name in each for each in others)]
