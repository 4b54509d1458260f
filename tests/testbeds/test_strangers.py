"""A stranger's testbed file is data: each try ends in one line, and nothing of it is run or made.

The package index is a folder of this machine, with a source distribution that leaves a mark where
it is built.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from synact_bench.testbeds import spec
from tests.helpers.commands import invoke, refused
from tests.helpers.strangers import (
    SDIST,
    SECRET,
    WHEEL,
    declaration,
    package,
    packaged_model,
    packaged_text,
    sdist,
    secret_json,
    sha256,
    wheel,
)
from tests.helpers.testbeds import write_documents
from tests.helpers.tiny import save_tiny

Said = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Place:
    """A folder with all that a try may touch.

    Attributes:
        root: holds everything below.
        model: a tiny model that can be opened.
    """

    root: Path
    model: Path

    @property
    def index(self) -> Path:
        return self.root / "index"

    @property
    def canary(self) -> Path:
        return self.root / "canary"

    def write(self, text: str) -> None:
        (self.root / "theirs.toml").write_text(text, encoding="utf-8")

    def outside(self) -> list[str]:
        """Everything there is but what lies in the cache."""
        found = (str(path.relative_to(self.root)) for path in self.root.rglob("*"))
        return sorted(each for each in found if not each.startswith("cache"))

    def texts(self) -> dict[str, object]:
        return {"kind": "local-text", "path": str(write_documents(self.root / "text"))}

    def local(self) -> dict[str, object]:
        return {"kind": "local", "path": str(self.model)}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strangers") / "model"
    save_tiny("llama", folder)
    return folder


@pytest.fixture
def place(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    found = Place(tmp_path, model)
    for name in ("index", "here", "baselines"):
        (tmp_path / name).mkdir()
    sdist(found.index, found.canary)
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(found.index))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(spec, "baselines", lambda: tmp_path / "baselines")
    monkeypatch.chdir(tmp_path / "here")
    return found


Try = Callable[[Place], None]


def asked(**changes: object) -> Try:
    """A package with fields of its own; ``{index}`` stands for the folder of the index."""

    def write(place: Place) -> None:
        found = {
            name: value.format(index=place.index) if isinstance(value, str) else value
            for name, value in changes.items()
        }
        model = packaged_model(package=package(**found))
        place.write(declaration(model, packaged_text()))

    return write


def stated(**changes: object) -> Try:
    """Other fields of a declaration that could be opened otherwise."""

    def write(place: Place) -> None:
        text = changes.get("text") or place.texts()
        others = {name: each for name, each in changes.items() if name != "text"}
        place.write(declaration(place.local(), text, **others))  # type: ignore[arg-type]

    return write


def requirements(place: Place) -> None:
    """An option that makes pip read a file."""
    (place.root / "wanted.txt").write_text(str(place.index / SDIST))
    asked(name=f"-r {place.root / 'wanted.txt'}")(place)


def shadowed_pip(place: Place) -> None:
    """A folder whose ``pip.py`` would be imported if pip were started in it."""
    mark = f"from pathlib import Path\nPath({str(place.canary)!r}).touch()\n"
    Path("pip.py").write_text(mark)
    asked()(place)


def source_by_its_hash(place: Place) -> None:
    """The source distribution, pinned to the byte."""
    asked(sha256=sha256(place.index / SDIST))(place)


def other_wheel(place: Place) -> None:
    wheel(place.index, {"evil/model.gguf": b"other"})
    asked()(place)


def large_wheel(place: Place) -> None:
    found = wheel(place.index, {"evil/model.gguf": os.urandom(2_200_000)})
    asked(sha256=sha256(found))(place)


def served(entries: dict[str, bytes], *, mode: int = 0, **changes: object) -> Try:
    """A text in a wheel of which all but the text is in order."""

    def write(place: Place) -> None:
        found = package(sha256=sha256(wheel(place.index, entries, mode=mode)))
        place.write(declaration(place.local(), packaged_text(package=found, **changes)))

    return write


def torn_wheel(place: Place) -> None:
    (place.root / "cache" / "wheels").mkdir(parents=True)
    torn = place.root / "cache" / "wheels" / WHEEL
    torn.write_bytes(SECRET.encode())
    found = package(sha256=sha256(torn))
    place.write(declaration(place.local(), packaged_text(package=found)))


def encrypted(place: Place) -> None:
    """A wheel whose text asks for a password."""
    found = wheel(place.index, {"evil/a.txt": b"text"})
    raw = bytearray(found.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    found.write_bytes(raw)
    place.write(declaration(place.local(), packaged_text(package=package(sha256=sha256(found)))))


def text_at(path: str) -> Try:
    return lambda place: place.write(
        declaration(place.local(), {"kind": "local-text", "path": path})
    )


def pipe(place: Place) -> None:
    os.mkfifo(place.root / "pipe")
    text_at("pipe")(place)


def linked_device(place: Place) -> None:
    (place.root / "text").mkdir()
    (place.root / "text" / "a.txt").symlink_to("/dev/zero")
    text_at("text")(place)


def endless(name: str) -> Try:
    """A text of more bytes than are read, of which the disk holds none."""

    def write(place: Place) -> None:
        (place.root / name).parent.mkdir(exist_ok=True)
        with (place.root / name).open("wb") as file:
            file.truncate(2_000_000_000)
        text_at(name.partition("/")[0])(place)

    return write


def model_beside(make: Callable[[Path], None]) -> Try:
    """A folder with a model and something that is no file among its files."""

    def write(place: Place) -> None:
        folder = place.root / "model"
        save_tiny("llama", folder)
        (folder / "tokenizer.json").unlink()
        make(folder / "tokenizer.json")
        place.write(declaration({"kind": "local", "path": "model"}, place.texts()))

    return write


def sae(config: str, weights: bytes = b"") -> Try:
    """A folder that has the names of an SAE's files."""

    def write(place: Place) -> None:
        folder = place.root / "sae"
        folder.mkdir()
        (folder / "cfg.json").write_text(config, encoding="utf-8")
        (folder / "sae_weights.safetensors").write_bytes(weights)
        source = {"kind": "local", "path": "sae"}
        place.write(declaration(place.local(), place.texts(), sae=source))

    return write


def fingerprint(content: str) -> Try:
    """Another file of the shipped ones, named as a fingerprint."""

    def write(place: Place) -> None:
        (place.root / "baselines" / "secret.json").write_text(content, encoding="utf-8")
        place.write(declaration(place.local(), place.texts(), fingerprint="secret.json"))

    return write


def raw(content: bytes) -> Try:
    def write(place: Place) -> None:
        (place.root / "theirs.toml").write_bytes(content)

    return write


def device(place: Place) -> None:
    (place.root / "theirs.toml").symlink_to("/dev/zero")


HEADER = f'{{"a": {{"dtype": "{SECRET}", "shape": [1], "data_offsets": [0, 4]}}}}'.encode()
CONFIG = (
    '{"d_in": 16, "d_sae": 8, "architecture": "standard", "sae_lens_version": "6.0.0", '
    '"apply_b_dec_to_input": true, "normalize_activations": "none", "dtype": "float32", '
    '"device": "cpu", "metadata": {"hook_name": "blocks.1.hook_resid_pre"}}'
)
TEXT = {"evil/a.txt": b"w1 w2 w3"}
NAME, INSIDE = "no name of a package", "leads out of its folder"

TRIES: dict[str, tuple[Try, str]] = {
    "name: a URL": (asked(name="http://localhost:9/evil-1.0.tar.gz"), NAME),
    "name: a file address": (asked(name=f"file://{{index}}/{SDIST}"), NAME),
    "name: a path": (asked(name=f"{{index}}/{SDIST}"), NAME),
    "name: a direct reference": (asked(name=f"evil @ file://{{index}}/{SDIST}"), NAME),
    "name: a repository": (asked(name="git+file://{index}"), NAME),
    "name: the option -r": (requirements, NAME),
    "name: the option --index-url": (asked(name="--index-url=http://localhost:9"), NAME),
    "name: an extra": (asked(name="evil[all]"), NAME),
    "name: two lines": (asked(name="evil\n--no-binary=:all:"), NAME),
    "name: a line's end": (asked(name="evil\n"), NAME),
    "name: nothing": (asked(name=""), NAME),
    "version: an option": (asked(version="1.0 --no-binary=:all:"), "no version of a package"),
    "version: two lines": (asked(version=f"1.0\n{SDIST}"), "no version of a package"),
    "version: any": (asked(version="*"), "no version of a package"),
    "wheel: above the cache": (asked(wheel=f"../../../{WHEEL}"), "no name of a file"),
    "wheel: absolute": (asked(wheel=f"{{index}}/{WHEEL}"), "no name of a file"),
    "wheel: on a drive": (asked(wheel=f"C:{WHEEL}"), "no name of a file"),
    "wheel: a source": (asked(wheel=SDIST), "no file name of a wheel"),
    "wheel: of another": (asked(wheel="other-1.0-py3-none-any.whl"), "of another package"),
    "sha256: none": (asked(sha256="any"), "sha256"),
    "size: endless": (asked(size_mb=float("inf")), "size_mb"),
    "a source alone": (asked(), "could not fetch evil==1.0"),
    "a source by its hash": (source_by_its_hash, "could not fetch evil==1.0"),
    "a pip of one's own": (shadowed_pip, "could not fetch evil==1.0"),
    "another wheel": (other_wheel, "another file under this name"),
    "a wheel larger than stated": (large_wheel, "the testbed states 0.5"),
    "member: above": (
        lambda place: place.write(declaration(packaged_model(member="../x"), packaged_text())),
        INSIDE,
    ),
    "member: absolute": (
        lambda place: place.write(declaration(packaged_model(member="/x"), packaged_text())),
        "an absolute path",
    ),
    "member: on a drive": (
        lambda place: place.write(declaration(packaged_model(member="C:/x"), packaged_text())),
        "no name of a file",
    ),
    "prefix: above": (served(TEXT, prefix="evil/../../"), INSIDE),
    "an entry above": (served({"../evil.txt": b"text"}, prefix=""), INSIDE),
    "an absolute entry": (served({"/evil.txt": b"text"}, prefix=""), "an absolute path"),
    "an entry on a drive": (served({"C:/evil.txt": b"text"}, prefix=""), "no name of a file"),
    "an entry called as a device": (served({"evil/nul.txt": b""}), "name of a device"),
    "an entry that is a link": (
        served({"evil/a.txt": b"/etc/hostname"}, mode=stat.S_IFLNK | 0o777),
        "is a link or device",
    ),
    "an entry that swells": (served({"evil/a.txt": bytes(5_000_000)}), "100 times as large"),
    "an entry with a password": (encrypted, "not a readable wheel"),
    "a wheel that is no archive": (torn_wheel, "not a readable wheel"),
    "encoding: no text": (served(TEXT, encoding="zip"), "no encoding of text"),
    "encoding: a module": (served(TEXT, encoding="../evil"), "no encoding of text"),
    "encoding: another": (served({"evil/a.txt": b"\xff"}), "not utf-8 text"),
    "testbed: above": (stated(name="../evil"), "name"),
    "testbed: a device": (stated(name="nul"), "name of a device"),
    "testbed: long": (stated(name="a" * 300), "longer than 200 bytes"),
    "fingerprint: above": (stated(fingerprint="../secret.json"), INSIDE),
    "fingerprint: absolute": (stated(fingerprint="/etc/hostname"), "an absolute path"),
    "fingerprint: a secret": (fingerprint(secret_json()), "fingerprint cannot be read"),
    "fingerprint: a secret, broken": (fingerprint(f'{{"{SECRET}"'), "line 1, column 11"),
    "fingerprint: nested": (fingerprint("[" * 200_000), "nested too deeply"),
    "sae: above": (
        stated(sae={"kind": "shipped", "folder": "../../x", "sha256": "0" * 64}),
        INSIDE,
    ),
    "sae: an id above": (stated(sae={"kind": "release", "release": "a", "id": "../b"}), INSIDE),
    "sae: a secret": (sae(secret_json()), "d_in: Field required"),
    "sae: a secret, broken": (sae(f'{{"k": {SECRET}'), "line 1, column 7"),
    "sae: weights with a secret": (
        sae(CONFIG, len(HEADER).to_bytes(8, "little") + HEADER + bytes(4)),
        "the SAE cannot be loaded",
    ),
    "hub: a revision above": (
        lambda place: place.write(
            declaration({"kind": "hub", "name": "a/b", "revision": "../../c"}, packaged_text())
        ),
        INSIDE,
    ),
    "hub: a config above": (
        stated(text={"kind": "hub-text", "name": "a/b", "config": "../c", "rows": 1}),
        "no name of a file",
    ),
    "text: a device": (text_at("/dev/zero"), "neither a file nor a folder"),
    "text: a pipe": (pipe, "neither a file nor a folder"),
    "text: a link to a device": (linked_device, "neither a file nor a folder"),
    "text: endless": (endless("long.txt"), "more than 1,000,000,000 bytes"),
    "text: an endless folder": (endless("long/a.txt"), "more than 1,000,000,000 bytes"),
    "text: a name too long": (text_at("a" * 300), "File name too long"),
    "text: a NUL": (text_at("a\0b"), "no such file"),
    "model: a device": (model_beside(lambda path: path.symlink_to("/dev/zero")), "a device"),
    "model: a pipe": (model_beside(os.mkfifo), "a pipe"),
    "declaration: a secret": (raw(f"key = {SECRET}".encode()), "line 1, column 7"),
    "declaration: two secrets": (raw(f"{SECRET} = 1\n{SECRET} = 2".encode()), "it is malformed"),
    "declaration: no text": (raw(b"\xff" + SECRET.encode()), "not UTF-8 text (byte 0)"),
    "declaration: nested": (raw(b"a = " + b"[" * 100_000), "nested too deeply"),
    "declaration: huge": (raw(b"#" * 1_000_001), "more than 1,000,000 bytes"),
    "declaration: a device": (device, "it is a device, not a regular file"),
}


@pytest.mark.parametrize("case", TRIES)
def test_a_stranger_s_testbed_is_refused_in_a_line(case: str, place: Place, capfd: Said) -> None:
    write, words = TRIES[case]
    write(place)
    before = place.outside()
    line = refused(capfd, "fetch", place.root / "theirs.toml")
    assert words in line
    assert SECRET not in line
    assert not place.canary.exists()
    assert place.outside() == before


def test_a_source_distribution_leaves_its_mark_where_it_is_built(place: Place) -> None:
    """Otherwise no try could fail."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", str(place.index / SDIST)]
    subprocess.run([*command, "--dest", str(place.root)], check=False, capture_output=True)
    assert place.canary.exists()


def test_a_wheel_in_order_is_taken_from_the_index(place: Place, capfd: Said) -> None:
    """Otherwise every try would be refused: this one fails for want of text alone."""
    served(TEXT)(place)
    line = refused(capfd, "fetch", place.root / "theirs.toml")
    assert "train documents give" in line
    assert (place.root / "cache" / "wheels" / WHEEL).is_file()


def test_what_is_refused_is_refused_before_a_run_writes(place: Place) -> None:
    asked(name="-r x")(place)
    runs = place.root / "runs"
    asked_for = ("run", "--testbed", place.root / "theirs.toml", "--preset", "smoke")
    assert invoke(*asked_for, "--runs", runs) == 2
    assert not runs.exists()
