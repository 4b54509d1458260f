"""Facts of a testbed: declared, kept from its first run, or measured now, once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from synact_bench.assets import custom_file
from synact_bench.core import checksums
from synact_bench.core.errors import RecordError, SubjectError
from synact_bench.results import latents
from synact_bench.results import scale as scales
from synact_bench.results.comparability import differences
from synact_bench.results.files import write_atomically
from synact_bench.results.latents import Latents
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import Declared
from synact_bench.testbeds.spec import PROSE, Scaled, Setup, Testbed

if TYPE_CHECKING:
    from synact_bench.run.facts import Opened

Opening: TypeAlias = "Callable[[Setup, str, Path], Opened]"
"""Opens a testbed to measure something that is then kept in a file."""
FILE = "testbed.toml"
"""Name of a declaration in its testbed's folder of runs."""
FREE = ("summary", "scale")
"""Fields that are no part of a testbed's identity: those of the declaration count."""
FLAGS = {
    "model": "--model",
    "sae": "--sae",
    "text": "--text or --dataset",
    "write_hook": "--hook",
    "read_hook": "--read-hook",
    "n_ctx": "--n-ctx",
    "bos": "--bos",
}
"""Fields that a command line can set."""


def load_or_measure(
    wanted: Setup,
    runs: Path,
    *,
    device: str,
    scale: bool = False,
    measures: bool = True,
    say: Callable[[str], object] = lambda _: None,
) -> Testbed:
    """The testbed with its measured facts: declared, kept from the first run, or measured now.

    What is measured now is kept in the testbed's folder of ``runs``. It is opened once at most.

    Args:
        wanted: the declaration.
        runs: folder of all runs.
        device: that the model runs on.
        scale: whether the scale of its cells is one of the facts.
        measures: whether it may be opened.
        say: told what is measured, before the testbed is opened for it.

    Raises:
        RecordError: what is kept there was measured for something else.
        SubjectError: it lacks facts, and may not be opened.
        SynactError: the testbed cannot be opened or has no scale, or the file not be read or
            written.
    """
    with _opening(device, say if measures else _refuse) as opening:
        found = _testbed(wanted, runs, opening)
        return _scaled(found, runs, opening) if scale else found


def load_or_measure_latents(
    wanted: Setup, runs: Path, *, device: str, say: Callable[[str], object] = lambda _: None
) -> Latents:
    """What its dictionary is like: kept in the testbed's folder of ``runs``, or measured now.

    Args:
        wanted: the declaration.
        runs: folder of all runs.
        device: that the model runs on.
        say: told that it is measured, before the testbed is opened for it.

    Raises:
        SynactError: the testbed cannot be opened, or the file not be written.
    """
    with _opening(device, say) as opening:
        return _described(wanted, runs, opening)


@contextmanager
def _opening(device: str, say: Callable[[str], object]) -> Iterator[Opening]:
    """What opens a testbed on the first call, and gives the same on every further one.

    ``say`` is told of each what is measured, and where it is kept.
    """
    opened: list[Opened] = []

    def opening(testbed: Setup, what: str, place: Path) -> Opened:
        say(f"measuring {what} first, once (minutes on a CPU): {place}")
        if not opened:
            from synact_bench.run import facts  # noqa: PLC0415  (loads the model libraries)

            opened.append(facts.Opened(testbed, device=device))
        return opened[0]

    yield opening
    if opened:
        opened.clear()
        gc.collect()  # the opened model is part of a cycle, and stays until it is looked for


def _refuse(what: str) -> None:
    """Say that nothing is measured now.

    Raises:
        SubjectError: always.
    """
    raise SubjectError(
        f"needs {what.removeprefix('measuring ')}",
        where="a plan, which opens no model",
        fix="measure it with the same options and 'synact-bench run --prepare'",
    )


def _testbed(wanted: Setup, runs: Path, opening: Opening) -> Testbed:
    if isinstance(wanted, Testbed):
        return wanted
    place = runs / wanted.name / FILE
    if place.exists():
        return _agreeing(custom_file.load(place), wanted, place)
    if isinstance(wanted, Scaled):
        found = _described(wanted, runs, opening)
        facts = {"explained_variance": found.explained_variance, "l0": found.l0}
        measured = spec.validated(wanted.model_dump() | facts, Testbed, where=wanted.name)
    else:
        from synact_bench.run.facts import frozen  # noqa: PLC0415  (the model libraries)

        measured = frozen(opening(wanted, "its facts", place))
    write_atomically(place, checksums.sealed(custom_file.dumps(measured)).encode())
    return measured


def _scaled(testbed: Testbed, runs: Path, opening: Opening) -> Testbed:
    """The testbed with the scale of its cells: declared, kept in ``runs``, or measured now."""
    if testbed.scale:
        return testbed
    folder = runs / testbed.name
    found = scales.load(folder, testbed.digest)
    if found is None:
        from synact_bench.run import facts  # noqa: PLC0415  (loads the model libraries)

        opened = opening(testbed, "the scale of its scores", folder / scales.FILE)
        found = facts.scaled(testbed, opened).scale
        scales.save(found, folder, testbed.digest)
    return testbed.model_copy(update={"scale": found})


def _described(wanted: Setup, runs: Path, opening: Opening) -> Latents:
    folder, digest = runs / wanted.name, wanted.setup.digest
    found = latents.load(folder, digest)
    if found is None:
        from synact_bench.run import facts  # noqa: PLC0415  (loads the model libraries)

        found = facts.latents(opening(wanted, "its latents", folder / latents.FILE))
        latents.save(found, folder, digest)
    return found


def _agreeing(kept: Setup, wanted: Setup, place: Path) -> Testbed:
    """What was kept, if it was measured for what is wanted now, as that is declared now."""
    there, asked = (
        {name: _content(fact) for name, fact in dict(each).items()} for each in (kept, wanted)
    )
    names = sorted(type(wanted).model_fields.keys() - {*FREE})
    for name, _, _ in differences(there, asked, among=names):
        raise RecordError(
            f"{name} is {_shown(getattr(kept, name, None))} there, "
            f"{_shown(getattr(wanted, name))} is asked for with "
            f"{FLAGS.get(name, 'the declaration')}",
            where=str(place),
            fix="ask for the same, give the declaration another name, or delete the file",
        )
    if not isinstance(kept, Testbed):
        raise RecordError(
            "states no measured fact", where=str(place), fix="delete it: it is made again"
        )
    taken = {*custom_file.PINNED, *FREE} & type(wanted).model_fields.keys()
    return kept.model_copy(update={name: getattr(wanted, name) for name in taken})


def _content(fact: object) -> object:
    """A fact without what is no part of a testbed's identity."""
    return fact.model_dump(exclude=PROSE) if isinstance(fact, Declared) else fact


def _shown(fact: object) -> object:
    return getattr(fact, "origin", fact)
