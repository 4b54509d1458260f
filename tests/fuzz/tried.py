"""Trying inputs: each is accepted, refused by a ``SynactError``, or has found a fault of ours."""

from __future__ import annotations

import dataclasses
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from synact_bench.core.errors import SynactError
from tests.fuzz.mutations import Make

PATIENCE = 20.0
"""Seconds that reading one input may take: far more than any takes on a busy machine."""
EACH = 10
"""Inputs that are made of one seed of hypothesis, which costs as much as they do."""
BATCH = 500
"""Seeds that one run of hypothesis makes: it remembers all of them."""
LONGEST = 300
"""Characters of an input that are told."""


class NoEndError(BaseException):
    """Reading an input went on and on. Not an ``Exception``: nothing that is tried may catch it."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of what is read from outside.

    Attributes:
        name: of the kind.
        inputs: gives what makes them, when it is asked for.
        read: takes an input as the project does; raises ``SynactError`` to refuse it.
        share: how many inputs are tried of it.
        few: how many are tried among the ordinary tests.
    """

    name: str
    inputs: Callable[[], Make]
    read: Callable[[Any], object]
    share: int
    few: int = 60


@dataclasses.dataclass
class Tally:
    """What became of the inputs of one kind.

    Attributes:
        tried: inputs.
        refused: by a ``SynactError``.
        seconds: that took, making the inputs included.
        escaped: other exceptions, by where they were raised: how many, and the first input.
    """

    name: str
    tried: int = 0
    refused: int = 0
    seconds: float = 0.0
    escaped: dict[str, tuple[int, str]] = dataclasses.field(default_factory=dict)

    @property
    def others(self) -> int:
        """Inputs on which something else than a ``SynactError`` was raised."""
        return sum(count for count, _ in self.escaped.values())

    @property
    def accepted(self) -> int:
        """Inputs that were read, or shown."""
        return self.tried - self.refused - self.others

    def take(self, kind: Kind, given_input: Any) -> None:
        """Try one input."""
        self.tried += 1
        try:
            with _patient(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                kind.read(given_input)
        except SynactError as error:
            self._refuse(error, given_input)
        except (Exception, NoEndError) as error:  # noqa: BLE001  (whatever there is is looked for)
            self._note(error, given_input)

    def _refuse(self, error: SynactError, given_input: Any) -> None:
        if str(error).isprintable() and "\n" not in str(error):
            self.refused += 1
        else:
            self._note(ValueError("a refusal is no printable line"), given_input)

    def _note(self, error: BaseException, given_input: Any) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [each for each in frames if "synact_bench" in each.filename] or [*frames]
        file = own[-1].filename.rpartition("synact_bench/")[2] if own else "nowhere"
        place = f"{type(error).__name__} at {file}:{own[-1].lineno if own else 0}"
        first = f"{str(error)[:LONGEST]}; input {repr(given_input)[:LONGEST]}"
        count, first = self.escaped.get(place, (0, first))
        self.escaped[place] = (count + 1, first)


@contextmanager
def _patient() -> Iterator[None]:
    """End what goes on for too long, where the system has alarms and this thread hears them."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise NoEndError(f"took more than {PATIENCE:g} s")

    earlier = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)


def tally(kind: Kind, inputs: int, *, first_seed: int = 0) -> Tally:
    """Try some inputs of a kind; the same seed gives the same ones.

    Args:
        kind: what is read.
        inputs: how many at least.
        first_seed: of hypothesis.
    """
    found, began, batch = Tally(kind.name), time.perf_counter(), 0
    make = kind.inputs()
    while found.tried < inputs:
        _batch(kind, make, found, inputs, first_seed + batch)
        batch += 1
    found.seconds = time.perf_counter() - began
    return found


def _batch(kind: Kind, make: Make, found: Tally, most: int, own_seed: int) -> None:
    @seed(own_seed)
    @settings(
        max_examples=min(BATCH, -(-(most - found.tried) // EACH)),
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate,),
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64 - 1))
    def one(chosen: int) -> None:
        rng = Random(chosen)
        for _ in range(min(EACH, most - found.tried)):
            found.take(kind, make(rng))

    one()
