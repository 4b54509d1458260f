from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from synact_bench.core import checksums
from synact_bench.core.checksums import AlteredError
from synact_bench.testbeds import spec

READ = ("fingerprint.json", "sae/cfg.json", "prior/card.json")
"""What a run reads of a testbed's shipped files, beside weights that are pinned elsewhere."""


def test_all_shipped_facts_are_listed_as_they_are() -> None:
    home = spec.baselines()
    files = {each.relative_to(home).as_posix() for name in READ for each in home.glob(f"*/{name}")}
    listed = checksums.listed(home)
    assert files == listed.keys(), "run: make checksums"
    for name, digest in listed.items():
        assert hashlib.sha256((home / name).read_bytes()).hexdigest() == digest, name


def test_a_file_is_what_the_list_says_or_is_not_in_it(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    checksums.refuse_altered(tmp_path / "a", within=tmp_path)  # there is no list
    checksums.write_list(tmp_path, ["a"])
    for name in ("a", "b"):
        checksums.refuse_altered(tmp_path / name, within=tmp_path)
    (tmp_path / "a").write_text("b", encoding="utf-8")
    with pytest.raises(AlteredError, match="SHA256SUMS lists"):
        checksums.refuse_altered(tmp_path / "a", within=tmp_path)
    checksums.refuse_altered(tmp_path / "a", within=tmp_path / "elsewhere")


@pytest.mark.parametrize("text", ["one\n", "digest  \n", "\xff"])
def test_a_list_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / checksums.LIST).write_bytes(text.encode("latin-1"))
    with pytest.raises(AlteredError, match="is no list"):
        checksums.listed(tmp_path)


def test_fields_in_another_order_are_the_same() -> None:
    fields = {"a": 1.5, "b": [None, "x"]}
    digest = checksums.of_fields(fields)
    assert checksums.of_fields({"sha256": "", "b": [None, "x"], "a": 1.5}) == digest
    checksums.refuse_altered_fields({**fields, "sha256": digest})
    checksums.refuse_altered_fields(fields)
    with pytest.raises(AlteredError, match="it was changed"):
        checksums.refuse_altered_fields({**fields, "a": 1.25, "sha256": digest})


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_sealed_text_is_taken_as_it_was_or_without_its_seal(ends: str) -> None:
    text = checksums.sealed("tau = 0.5\nn_ctx = 6\n").replace("\n", ends)
    checksums.refuse_altered_text(text)
    changed = text.replace("0.5", "0.6")
    with pytest.raises(AlteredError):
        checksums.refuse_altered_text(changed)
    checksums.refuse_altered_text("".join(changed.splitlines(keepends=True)[:-1]))
