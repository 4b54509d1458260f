"""Ways to sweep side by side: rate, ratio to the anchor, share of the roofline, memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.memory import Memory
from benchmarks.peak import Peak
from benchmarks.tables import Table, Value


@dataclass(frozen=True)
class Rate:
    """How fast one way was, best round.

    Attributes:
        points: points of a round.
        seconds: of the best round.
        memory: of a process of its own.
    """

    points: int
    seconds: float
    memory: Memory

    @property
    def points_per_second(self) -> float:
        """Points a second."""
        return self.points / self.seconds


@dataclass
class Comparison:
    """Ways measured in one run on one machine.

    Attributes:
        anchor: name of the way that others are compared with.
        point_flop: operations of a point.
        peak: the machine's matrix-product rate, measured between rounds.
        rates: what was measured, by name of the way.
    """

    anchor: str
    point_flop: int
    peak: Peak
    rates: dict[str, Rate] = field(default_factory=dict)

    def table(self) -> Table:
        """The ways in the order they were measured."""
        facts: dict[str, Value] = {
            "MFLOP_per_point": self.point_flop / 1e6,
            "peak_GFLOP_per_second": self.peak.flop_per_second / 1e9,
            "peak_found_with": self.peak.found,
        }
        rows = [self._row(way, rate) for way, rate in self.rates.items()]
        return Table("throughput", "speed of the sweep", rows, facts)

    def _row(self, way: str, rate: Rate) -> dict[str, Value]:
        anchor = self.rates.get(self.anchor)
        rate_of_point = rate.points_per_second
        return {
            "way": way,
            "points_per_second": rate_of_point,
            "ms_per_point": 1e3 / rate_of_point,
            "ratio": None if anchor is None else rate_of_point / anchor.points_per_second,
            "roofline_share": rate_of_point * self.point_flop / self.peak.flop_per_second,
            "opened_MiB": rate.memory.opened,
            "peak_MiB": rate.memory.peak,
        }
