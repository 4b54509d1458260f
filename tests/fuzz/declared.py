"""Kinds that people declare: testbeds, suites, generators' cards."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import tomllib

from synact_bench.assets import custom_file
from synact_bench.core.errors import SynactError
from synact_bench.submissions import hygiene
from synact_bench.testbeds import spec, suites
from tests.fuzz import mutations, places
from tests.fuzz.tried import Kind

LOCAL: dict[str, Any] = {
    "name": "mine",
    "model": {"kind": "hub", "name": "a/b", "revision": "c" * 40},
    "text": {"kind": "hub-text", "name": "a/b", "column": "text", "rows": 10, "revision": "main"},
    "sae": {"kind": "release", "release": "a", "id": "b"},
    "write_hook": "blocks.1.hook_resid_pre",
    "read_hook": "blocks.3.hook_resid_post",
    "n_ctx": 6,
    "bos": True,
    "train_activations": 400,
}
EXTENDED: dict[str, Any] = {"name": "mine", "extends": "smollm2-135m", "n_ctx": 12}
SUITE: dict[str, Any] = {
    "name": "mine",
    "summary": "Two.",
    "preset": "smoke",
    "testbeds": ["smollm2-135m", "mine.toml"],
}
CARD: dict[str, Any] = {
    "name": "mine",
    "version": "1.2",
    "track": "unconditional",
    "authors": ["A. B.", "C. D."],
    "reference": "https://arxiv.org/abs/2602.06964",
    "summary": "Made of noise.",
    "parameters": {"rank": 3, "scale": 0.5, "kind": "a", "on": True},
}


@cache
def _catalog() -> list[dict[str, Any]]:
    folder = resources.files("synact_bench.testbeds") / "catalog"
    names = ("smollm2-135m", "gpt2-small", "gemma3-270m-layer5", "smollm2-135m-random")
    found = [tomllib.loads((folder / f"{each}.toml").read_text("utf-8")) for each in names]
    for each in found:
        each["name"] = "mine"
    return found


def testbed(content: bytes) -> object:
    """A testbed's file, in each of the ways in which one is read."""
    path = places.put("declared/mine.toml", content)
    refused: SynactError | None = None
    for read in (custom_file.read, custom_file.load, _parsed):
        try:
            found = read(path)
            if isinstance(found, spec.Testbed):
                custom_file.dumps(found)
            found.digest, found.site, found.write_index  # noqa: B018
        except SynactError as error:
            refused = error
    if refused is not None:
        raise refused
    return found


def _parsed(path: Any) -> spec.Setup:
    text = path.read_bytes().decode("utf-8", "replace")
    return spec.parse(text, where=str(path))


def suite(content: bytes) -> object:
    """A suite's file."""
    return suites.find(str(places.put("declared/suite.toml", content)))


def card(content: bytes) -> object:
    """A generator's card as a submitter states it, whatever JSON it is."""
    try:
        stated = mutations.loaded(content)
    except ValueError:
        stated = {"summary": content.decode("utf-8", "replace")}
    return hygiene.check_card(stated if isinstance(stated, dict) else {"summary": stated})


KINDS = (
    Kind(
        "testbed (TOML)",
        lambda: mutations.file([*_catalog(), LOCAL, EXTENDED], mutations.as_toml),
        testbed,
        share=7_000,
    ),
    Kind("suite (TOML)", lambda: mutations.file([SUITE], mutations.as_toml), suite, share=10_000),
    Kind("generator's card", lambda: mutations.file([CARD], mutations.as_json), card, share=10_000),
)
