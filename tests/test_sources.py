from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from synact_bench.errors import SynactError
from synact_bench.sources import Package

FILES = {
    "__init__.py": "",
    "main.py": '''
        """What is asked about."""
        import json
        from collections.abc import Mapping
        import methods.whole
        from methods import shared
        from methods.parts import scale as how_much, Unused, deeper
        from methods.kept import Kept

        LIMIT: float = 3.0
        LIMIT += 1
        TABLE = {}
        TABLE["one"] = 1
        if LIMIT > 2:
            SIZE = 1
        else:
            from methods.kept import SIZE

        try:
            raise ImportError
        except ImportError:
            def small(x):
                return x - 1

        def compute(x: Kept, *, y: int = LIMIT) -> Kept:
            """Doubles."""
            from methods import late
            far = shared.level + late.after + methods.whole.all
            return how_much(x) + small(x) + helper(x) + TABLE["one"] + SIZE + far

        async def helper(x: Unused) -> Unused:
            return json.dumps(x)

        def other(x):
            return deeper(x)
    ''',
    "parts.py": """
        from methods.deep import deeper
        class Unused:
            unused = 1
        class Base:
            base = 1
        class Made(Base):
            field: int = 2
        def scale(x):
            return Made(deepest := x)
        def lonely(x):
            return scale(x)
    """,
    "deep.py": "def deeper(x): return x",
    "elsewhere.py": "import json\ndef deeper(x): return x",
    "kept.py": "class Kept: kept = 1\nSIZE = 5",
    "shared.py": "level = 1",
    "late.py": "after = 1",
    "whole.py": "all = 1",
    "folder/__init__.py": "from methods.deep import deeper\ndef inside(): return deeper(1)",
}

Digest = Callable[..., str]


@pytest.fixture
def digest_of(tmp_path: Path) -> Digest:
    """The digest of ``compute`` in a package of the given files, changed as ``old=new`` says."""
    folder = tmp_path / "methods"

    def digest(
        file: str = "main.py", old: str = "", new: str = "", *, name: str = "main.compute"
    ) -> str:
        for each, text in FILES.items():
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            changed = text.replace(old, new) if each == file and old else text
            assert changed != text or each != file or not old
            (folder / each).write_text(textwrap.dedent(changed), encoding="utf-8")
        module, _, function = name.rpartition(".")
        return Package("methods", folder).digest(f"methods.{module}", function)

    return digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("main.py", "y: int = LIMIT", "y: int = 2 * LIMIT"),
        ("main.py", "LIMIT: float = 3.0", "LIMIT: float = 3.5"),
        ("main.py", "LIMIT += 1", "LIMIT += 2"),
        ("main.py", 'TABLE["one"] = 1', 'TABLE["one"] = 2'),
        ("main.py", "if LIMIT > 2", "if LIMIT > 1"),
        ("main.py", "return x - 1", "return x - 2"),
        ("main.py", "return json.dumps(x)", "return json.loads(x)"),
        ("main.py", "import json", "import pickle as json"),
        ("parts.py", "deepest := x", "deepest := 2 * x"),
        ("parts.py", "field: int = 2", "field: int = 3"),
        ("parts.py", "base = 1", "base = 2"),
        ("kept.py", "SIZE = 5", "SIZE = 6"),
        ("shared.py", "level = 1", "level = 2"),
        ("late.py", "after = 1", "after = 2"),
        ("whole.py", "all = 1", "all = 2"),
    ],
)
def test_it_covers_whatever_the_function_uses(
    digest_of: Digest, file: str, old: str, new: str
) -> None:
    assert len(digest_of()) == 64
    assert digest_of(file, old, new) != digest_of()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("main.py", "def other(x):", "def other(x, y):"),
        ("main.py", "Doubles.", "Trebles."),
        ("main.py", "x: Kept", "x: list[Kept]"),
        ("main.py", "-> Kept", "-> None"),
        ("main.py", "LIMIT: float =", "LIMIT: int ="),
        ("main.py", "x: Unused", "x"),
        ("main.py", "from collections.abc import Mapping", ""),
        ("shared.py", "level = 1", "level = (1)  # so high"),
        ("parts.py", "return scale(x)", "return 2 * scale(x)"),
        ("parts.py", "unused = 1", "unused = 2"),
        ("parts.py", "field: int", "field: float"),
        ("deep.py", "return x", "return 2 * x"),
        ("kept.py", "kept = 1", "kept = 2"),
    ],
)
def test_it_covers_nothing_else(digest_of: Digest, file: str, old: str, new: str) -> None:
    assert digest_of(file, old, new) == digest_of()


def test_functions_of_one_module_have_their_own(digest_of: Digest) -> None:
    deep = ("deep.py", "return x", "return 2 * x")
    assert digest_of(*deep, name="main.other") != digest_of(name="main.other")
    assert digest_of(name="main.other") != digest_of()


def test_where_a_piece_stands_does_not_count(digest_of: Digest) -> None:
    moved = ("main.py", "Unused, deeper", "Unused\n        from methods.elsewhere import deeper")
    assert digest_of(*moved, name="main.other") == digest_of(name="main.other")


def test_a_package_within_is_read_by_its_init(digest_of: Digest) -> None:
    deep = ("deep.py", "return x", "return 2 * x")
    assert digest_of(*deep, name="folder.inside") != digest_of(name="folder.inside")


def test_a_later_change_of_a_file_is_not_seen(digest_of: Digest, tmp_path: Path) -> None:
    digest_of()
    package = Package("methods", tmp_path / "methods")
    before = package.digest("methods.deep", "deeper")
    (tmp_path / "methods" / "deep.py").write_text("def deeper(x): return 2 * x", encoding="utf-8")
    assert package.digest("methods.deep", "deeper") == before
    assert Package("methods", tmp_path / "methods").digest("methods.deep", "deeper") != before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("main.nothing", "^module 'methods.main': has no 'nothing' at its top"),
        ("main.<lambda>", "has no '<lambda>' at its top"),
        ("nowhere.compute", "^module 'methods.nowhere': its source cannot be read"),
    ],
)
def test_what_has_no_source_is_refused(digest_of: Digest, name: str, message: str) -> None:
    with pytest.raises(SynactError, match=message):
        digest_of(name=name)


def test_a_module_of_another_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("def dumps(): pass", encoding="utf-8")
    with pytest.raises(SynactError, match=r"^module 'json': its source cannot be read"):
        Package("methods", tmp_path).digest("json", "dumps")
