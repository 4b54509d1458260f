"""Disks that refuse: folders to read only, also for root, and file systems that lack operations."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def failing(number: int) -> Callable[..., NoReturn]:
    """A function that fails as a system call does."""

    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return fail


def read_only(patch: pytest.MonkeyPatch, folder: Path, number: int = errno.EACCES) -> None:
    """Let nothing be written below a folder, but by extensions that open files themselves."""

    def refusing(call: Callable[..., Any], writes: Callable[..., bool]) -> Callable[..., Any]:
        def guarded(path: Any, *given: Any, **named: Any) -> Any:
            inside = not isinstance(path, int) and Path(os.fsdecode(path)).is_relative_to(folder)
            if inside and writes(*given):
                raise OSError(number, os.strerror(number), os.fsdecode(path))
            return call(path, *given, **named)

        return guarded

    patch.setattr(os, "open", refusing(os.open, lambda flags, *_: bool(flags & WRITING)))
    for name in ("mkdir", "rename", "replace", "unlink", "chmod", "utime"):
        patch.setattr(os, name, refusing(getattr(os, name), lambda *_: True))
