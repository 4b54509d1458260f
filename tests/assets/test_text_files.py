"""Text as people have it: from any system and editor, in folders that hold more than text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synact_bench.assets.text_files import contents
from synact_bench.core.errors import TextError
from synact_bench.core.untrusted import reading

DOCUMENTS = ["The first.\nIt has two lines.", "The second, Zażółć.", "The third."]
JOINTS = ["\n\n", "\n \t\n", "\n\f\n", "\n\v\n", "\n\u00a0\n", "\n\u3000\n", "\n\u0085\n"]
JOINTS += [f"\n{width}\n" for width in "\u200b\u200c\u200d\u2060\ufeff"] + ["\n\n \n\n\n"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]


def one(tmp_path: Path, content: bytes, name: str = "one.txt") -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def folder(path: Path, **texts: str) -> Path:
    path.mkdir(parents=True)
    for name, text in texts.items():
        (path / f"{name}.txt").write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u0085", "\u2028"])
@pytest.mark.parametrize("joint", JOINTS)
def test_a_file_has_the_same_documents_whatever_wrote_it(
    tmp_path: Path, joint: str, end: str, encoding: str
) -> None:
    text = f"\n\n{joint.join(DOCUMENTS)}\n\n".replace("\n", end)
    assert contents(one(tmp_path, text.encode(encoding))) == DOCUMENTS


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_folder_has_the_same_documents_whatever_wrote_it(
    tmp_path: Path, end: str, encoding: str
) -> None:
    for index, text in enumerate(DOCUMENTS):
        one(tmp_path, f"{text}\n\n".replace("\n", end).encode(encoding), f"{index}.txt")
    assert contents(tmp_path) == DOCUMENTS


def test_marks_of_files_that_were_joined_are_no_text(tmp_path: Path) -> None:
    joined = b"\n\n".join(text.encode("utf-8-sig") for text in DOCUMENTS)
    assert contents(one(tmp_path, joined)) == DOCUMENTS


def test_what_parts_no_documents_stays(tmp_path: Path) -> None:
    text = "wait\u0085\u0085 and \u200b\u2028see\n\tit\u00a0is\u200b\none"
    assert contents(one(tmp_path, text.encode())) == [text]
    inside = folder(tmp_path / "t", a=f"{text}\n\n{text}")
    assert contents(inside) == [f"{text}\n\n{text}"]


def test_a_folder_gives_one_document_a_file_of_text(tmp_path: Path) -> None:
    texts = folder(tmp_path / "t", a="one\n\nstill one", b="  \n", c="\u200b\n")
    one(texts, b"two", "d.TXT")
    one(texts, b"three", "e.Txt")
    one(texts, b"no text", "notes.md")
    folder(texts / "odd.txt", f="four")
    assert sorted(contents(texts)) == ["four", "one\n\nstill one", "three", "two"]


ASIDE = [
    *("._a.txt", ".a.txt", ".a.txt.swp", ".#a.txt", ".~lock.a.txt#", ".DS_Store"),
    *("a.txt~", "#a.txt#", "~$a.txt", "a.txt.bak", "a.txt.orig", "a.swp", "Thumbs.db"),
    *(".ipynb_checkpoints/a-checkpoint.txt", ".git/a.txt", "sub/.hidden/deep/a.txt"),
    *("__MACOSX/._a.txt", ".venv/lib/a.txt"),
]


@pytest.mark.parametrize("name", ASIDE)
def test_hidden_files_and_copies_of_editors_are_left_out(tmp_path: Path, name: str) -> None:
    texts = folder(tmp_path / ".data" / "t", a="one")
    (texts / name).parent.mkdir(parents=True, exist_ok=True)
    (texts / name).write_bytes(b"\x00\x05\x16\x07 one, as it was before")
    assert contents(texts) == ["one"]


def test_the_lock_of_an_editor_may_be_a_link_to_nothing(tmp_path: Path) -> None:
    texts = folder(tmp_path / "t", a="one")
    (texts / ".#a.txt").symlink_to("someone@somewhere.1234")
    assert contents(texts) == ["one"]


def test_links_are_followed_and_have_an_end(tmp_path: Path) -> None:
    inside = folder(tmp_path / "elsewhere", a="one")
    texts = folder(tmp_path / "t", b="two")
    (texts / "linked").symlink_to(inside)
    (texts / "c.txt").symlink_to(one(tmp_path, b"three"))
    (inside / "back").symlink_to(texts)
    (texts / "itself").symlink_to(texts)
    (tmp_path / "link").symlink_to(texts)
    assert sorted(contents(texts)) == sorted(contents(tmp_path / "link")) == ["one", "three", "two"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "no such file or folder; check the path"),
        (b"caf\xe9", r"not UTF-8 text \(.* at byte 3\); convert it to UTF-8"),
        ("w1 w2".encode("utf-16-le"), r"is no text in UTF-8 \(NUL at character 1\); convert it"),
        (b"\xff\xfew1w", r"not UTF-16-LE text \(truncated data at byte \d\); convert it to UTF-8"),
        (b"\x00\x05\x16\x07Mac OS X", r"is no text in UTF-8 \(NUL at character 0\)"),
        (b"", "holds no text; give a text file or a folder of .txt files"),
        (b"\xef\xbb\xbf", "holds no text"),
        (b" \n\n \n\xe2\x80\x8b", "holds no text"),
    ],
)
def test_a_bad_file_is_refused_and_named(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TextError, match=rf"^--text {path}: {complaint}"):
        contents(path)


def test_a_bad_file_of_a_folder_is_named(tmp_path: Path) -> None:
    texts = folder(tmp_path / "t" / "inner", a="one").parent
    bad = one(texts, b"caf\xe9", "b.txt")
    with pytest.raises(TextError, match=rf"^--text {bad}: not UTF-8 text"):
        contents(texts)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.JSON", "rows.ndjson"])
def test_a_file_of_fields_is_refused(tmp_path: Path, name: str) -> None:
    path = one(tmp_path, b'{"text": "one"}\n\n{"text": "two"}\n', name)
    message = rf"{name}: a \.\w+ file holds fields, not plain text; write each text to a \.txt"
    with pytest.raises(TextError, match=message):
        contents(path)


def test_a_folder_without_text_says_what_is_taken(tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"holds no text; give a text file or a folder of \.txt"):
        contents(tmp_path)
    for name in ("a.md", "b.md", "Makefile", ".hidden.txt"):
        one(tmp_path, b"text", name)
    message = r"holds no \.txt file, but 2 of \.md, 1 of no suffix; let the names .* end in \.txt"
    with pytest.raises(TextError, match=message):
        contents(tmp_path)


@pytest.mark.parametrize("inside", [True, False])
def test_a_link_to_nothing_is_refused(tmp_path: Path, inside: bool) -> None:
    texts = folder(tmp_path / "t", a="one")
    (texts / "b.txt").symlink_to(tmp_path / "nowhere")
    with pytest.raises(TextError, match=r"b\.txt: is a link to nothing; check the path"):
        contents(texts if inside else texts / "b.txt")


@pytest.mark.parametrize("inside", [True, False])
def test_what_is_no_file_is_refused(tmp_path: Path, inside: bool) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(TextError, match=r"a\.txt: is neither a file nor a folder; check the path"):
        contents(tmp_path if inside else tmp_path / "a.txt")


def test_what_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = folder(tmp_path / "t" / "inner", a="one").parent

    def refuse(path: object) -> None:
        raise PermissionError(13, os.strerror(13), path)

    message = r"cannot be read \(Permission denied\); check permissions"
    with monkeypatch.context() as patch:
        patch.setattr(reading, "content", lambda path, **_: refuse(path))
        with pytest.raises(TextError, match=rf"^--text {texts}/inner/a\.txt: {message}"):
            contents(texts)
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(TextError, match=rf"^--text {texts}: {message}"):
        contents(texts)
