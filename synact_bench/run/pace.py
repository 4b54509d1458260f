"""Pace: how long the cells that are left will take, by what was predicted and what was measured."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from synact_bench.core.errors import SynactError
from synact_bench.results.summary import summaries
from synact_bench.run import cost
from synact_bench.run.cost import Costs
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request

TRUST = 15.0
"""Seconds of measuring that outweigh a prediction, which may be of another machine."""
SOONEST = 2.0
"""Seconds of measuring before which nothing is told where nothing was predicted."""


class Pace:
    """What the cells of a run weigh, and how fast weight is done.

    A cell weighs the seconds that it is predicted to take, or its points where nothing like it was
    measured before. The clock runs from the first cell on: what was opened and fitted before says
    nothing of how long measuring takes.

    Args:
        weights: of every cell that is to be measured.
        predicted: whether they are seconds.
        workers: how many cells are measured at once.
    """

    def __init__(self, weights: Sequence[float], *, predicted: bool, workers: int = 1) -> None:
        self.left = sum(weights)
        self._done = self._under_way = 0.0
        self._trust = TRUST if predicted else 0.0
        self._workers = workers
        self._began: float | None = None

    def begin(self) -> None:
        """A cell is begun: the clock runs, unless it does already."""
        if self._began is None:
            self._began = time.monotonic()

    @property
    def running(self) -> bool:
        """Whether a cell was begun."""
        return self._began is not None

    @property
    def elapsed(self) -> float:
        """Seconds since the first cell was begun."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    def advanced(self, weight: float) -> None:
        """So much of what is left is measured of the cell under way."""
        self._under_way = weight

    def done(self, weight: float) -> None:
        """A cell of this weight is measured."""
        self.left -= weight
        self._done += weight
        self._under_way = 0.0

    def dropped(self, weight: float) -> None:
        """A cell of this weight will not be measured."""
        self.left -= weight
        self._under_way = 0.0

    @property
    def seconds(self) -> float | None:
        """Seconds that are left; None as long as nothing can be said."""
        took = self.elapsed + self._trust
        done = self._done + self._under_way + self._trust * self._workers
        if took < SOONEST or not done:
            return None
        return max(self.left - self._under_way, 0.0) * took / done


def weights(
    parts: Iterable[tuple[Request, Sequence[CellPlan]]], *, told: bool = True
) -> tuple[dict[str, float], bool]:
    """What cells weigh, by id, and whether that is in seconds: all of them are alike.

    Args:
        parts: requests, with the cells of each that are missing.
        told: whether anybody asks what was measured before.
    """
    every = {each.identity.id: each for _, own in parts for each in own}
    predicted: dict[str, float] = {}
    for request, own in parts if told else ():
        costs = _known(request)
        for each in own:
            seconds = costs.sweeping(each)
            if seconds is not None:
                predicted[each.identity.id] = seconds
    if every.keys() <= predicted.keys():
        return predicted, bool(predicted)
    return {name: float(each.points) for name, each in every.items()}, False


def _known(request: Request) -> Costs:
    """What was measured before; nothing where it cannot be read, which is no matter here."""
    try:
        return cost.known(request, summaries(request.folder))
    except SynactError:
        return Costs("nothing that can be read")


def worded(seconds: float) -> str:
    """So much time, in words that are not taken for another unit."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
