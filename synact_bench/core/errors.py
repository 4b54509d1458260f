"""Errors a user can act on: each message says where, what was wrong, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from synact_bench.core.printable import printable


class SynactError(Exception):
    """A refusal the user can fix.

    Args:
        what: what was wrong, with the offending value.
        where: the file, option or object it was found in.
        fix: what the user can do about it.
    """

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        super().__init__(what, where, fix)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        # Names of files and fields may be a stranger's: a terminal would obey what they spell.
        return printable(f"{self.where}: {self.what}; {self.fix}")

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword arguments are lost in the default pickling, which executors depend on.
        return _restored, (type(self), self.what, self.where, self.fix)


def _restored(kind: type[SynactError], what: str, where: str, fix: str) -> SynactError:
    error = kind.__new__(kind)
    SynactError.__init__(error, what, where=where, fix=fix)
    return error


class UnknownNameError(SynactError):
    """A testbed, generator, preset, metric or path that does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(
            f"there is no {kind} {name!r}",
            where=f"--{kind}",
            fix=f"{hint}known: {', '.join(names) or 'none'}",
        )


class AssetError(SynactError):
    """A package, weight file or text that is missing, corrupt or not the pinned one."""


class SubjectError(SynactError):
    """A model or SAE that is not the one the testbed declares."""


class TextError(SynactError):
    """A text source that cannot give the prompts asked for."""


class PluginError(SynactError):
    """A generator that breaks the plugin contract.

    Attributes:
        trace: the plugin's own lines of the traceback, where it failed in another process.
    """

    trace: str = ""


class FailedRowsError(PluginError):
    """Rows that could not be measured, told once the others were.

    Args:
        failed: why, by name of the row, or by target where it has no name.
    """

    def __init__(self, failed: Mapping[str, SynactError]) -> None:
        self.failed = dict(failed)
        one, *others = self.failed.values()
        more = f"; and so did {', '.join(list(self.failed)[1:])}" if others else ""
        super().__init__(one.what, where=one.where, fix=one.fix + more)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.failed,)


class NothingMeasuredError(FailedRowsError):
    """All rows that were asked for failed: there is nothing to show."""


class RecordError(SynactError):
    """A stored record that cannot be read, trusted or written."""
