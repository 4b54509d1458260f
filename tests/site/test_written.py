from __future__ import annotations

from pathlib import Path

from synact_bench.site.written import LIST, write


def there(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_what_a_later_build_has_no_more_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write({"index.html": b"1", "rows/old/a.js": b"a", "rows/b.js": b"b"}, folder)
    (folder / "mine.txt").write_bytes(b"mine")
    write({"index.html": b"2", "rows/b.js": b"b"}, folder)
    listed = b"index.html\nrows/b.js\n"
    assert there(folder) == {
        "index.html": b"2",
        "rows/b.js": b"b",
        "mine.txt": b"mine",
        LIST: listed,
    }
    assert not (folder / "rows" / "old").exists()


def test_a_list_that_leads_elsewhere_removes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "kept.txt").write_bytes(b"kept")
    (folder / "sub").mkdir()
    (folder / "sub" / "own").write_bytes(b"own")
    lines = ["../kept.txt", str(tmp_path / "kept.txt"), "sub", "none", ""]
    (folder / LIST).write_text("\n".join(lines))
    write({"index.html": b"1"}, folder)
    assert (tmp_path / "kept.txt").read_bytes() == b"kept"
    assert (folder / "sub" / "own").read_bytes() == b"own"
