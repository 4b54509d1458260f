"""Failures: rows that cannot be measured, while the others are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

from synact_bench.core.errors import FailedRowsError, NothingMeasuredError, PluginError, SynactError
from synact_bench.core.experiments import CONTROLS, LADDER
from synact_bench.generators import contract
from synact_bench.isolation.isolated import Isolated
from synact_bench.run.plan import CellPlan, Entry

T = TypeVar("T")


class FailedRows:
    """Why rows failed, by name.

    Args:
        failed: those that did already.
        rows: the rows that are measured for their own sake.
    """

    def __init__(self, failed: Mapping[str, PluginError], *, rows: Collection[str]) -> None:
        self._failed = dict(failed)
        self._rows = frozenset(rows)

    def attempt(self, entry: Entry, work: Callable[[], T]) -> T | None:
        """What ``work`` gives; None where a row fails, which costs that row alone.

        Raises:
            PluginError: a row fails that others are compared with.
        """
        try:
            with _as_plugin_error(entry):
                return work()
        except PluginError as error:
            if entry.generator is None or entry.name in (*CONTROLS, *LADDER):
                raise
            self._failed[entry.name] = error
            return None

    @property
    def failed(self) -> Mapping[str, PluginError]:
        """Why those failed that did so far."""
        return self._failed

    def told(self, failed: Mapping[str, PluginError]) -> None:
        """Rows failed where they were measured."""
        self._failed |= failed

    def without(self, plans: Sequence[CellPlan]) -> Iterator[CellPlan]:
        """The plans of rows that have not failed by the time when each is asked for."""
        return (each for each in plans if each.entry.name not in self._failed)

    def raise_if_all(self) -> None:
        """Stop before anything is swept if no row is left that is measured for its own sake.

        Raises:
            PluginError: the only one failed.
            NothingMeasuredError: all of several failed.
        """
        if self._failed and self._rows <= self._failed.keys():
            if len(self._failed) == 1:
                raise next(iter(self._failed.values()))
            raise NothingMeasuredError(self._failed)

    def raise_if_any(self) -> None:
        """Say which rows failed.

        Raises:
            FailedRowsError: one did.
        """
        if self._failed:
            raise FailedRowsError(self._failed)


def _as_plugin_error(entry: Entry) -> AbstractContextManager[None]:
    """What a plugin's activations break in code of ours, as an error of the plugin."""
    generator, doing = entry.generator, "measuring its activations"
    if isinstance(generator, Isolated):
        return _numbers_as_plugin_error(generator.where, doing)
    if generator is None or not entry.identity.source_digest:
        return nullcontext()
    return contract.as_plugin_error(f"generator {generator.card.name!r}", doing=doing)


@contextmanager
def _numbers_as_plugin_error(where: str, doing: str) -> Iterator[None]:
    """The same of a plugin whose code runs elsewhere: only what numbers can do is its error.

    What ends the process, and errors of the system, such as the ``TimeoutError`` of an alarm, are
    the host's.
    """
    try:
        yield
    except (SynactError, OSError):
        raise
    except Exception as error:
        raise PluginError(
            f"{doing} raised {contract.said(error)}", where=where, fix="fix the plugin"
        ) from error


def made_rows(entries: Iterable[Entry]) -> set[str]:
    """Names of those that a generator makes which is no control."""
    found = {each.name for each in entries if each.generator is not None}
    return found - {*CONTROLS, *LADDER}
