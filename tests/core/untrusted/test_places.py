from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.untrusted import places
from synact_bench.core.untrusted.faults import FaultError


@pytest.mark.parametrize(
    "name",
    ["a", "a.b", "tinytext-1.0-py3-none-any.whl", "..a", ".hidden", "é.txt", "console", "com"],
)
def test_a_plain_name_is_taken_as_it_is(name: str) -> None:
    assert places.plain(name) == name
    assert places.relative(f"folder/{name}") == f"folder/{name}"


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "...", ". .", "a/b", "/a", "a\\b", "C:", "C:a", "a:stream", "a\n", "\0"),
        *("a.", "a ", "con", "NUL.txt", "com1.tar.gz", "LPT9", "conin$", "aux .x", "a*", 'a"'),
        *("a\x1b[2J", "a" * 201, "é" * 101),
    ],
)
def test_what_is_no_plain_name_is_refused(name: str) -> None:
    with pytest.raises(FaultError):
        places.plain(name)


@pytest.mark.parametrize(
    "path",
    ["", "/a", "\\a", "//host/a", "../a", "a/../b", "a/..", "a//b", "a/", "./a", "a/nul", "~/../a"],
)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(FaultError):
        places.inside(Path("folder"), path)


@given(st.text(alphabet="ab./\\: ~C", max_size=12))
def test_whatever_is_taken_stays_inside_on_every_system(path: str) -> None:
    try:
        places.relative(path)
    except FaultError:
        return
    for kind, folder in ((PurePosixPath, "/cache"), (PureWindowsPath, "C:\\cache")):
        joined = kind(folder) / path
        assert joined.parts[: len(kind(folder).parts)] == kind(folder).parts
        assert ".." not in joined.parts
        assert len(joined.parts) > len(kind(folder).parts)
