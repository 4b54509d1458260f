"""Drafts: declarations of the catalog whose facts are still to be measured, and their completion.

A draft states name, model, text, SAE and the two hooks; ``synact-bench freeze`` writes the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from synact_bench.core.errors import SubjectError
from synact_bench.testbeds import spec
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.spec import Setup, Testbed

CHOSEN = ("version", "summary", "weights", "n_ctx", "train_activations")
"""Fields that a draft may leave out, too: a complete declaration states them."""
TABLE = re.compile(r"\s*\[{1,2}[^\[\],]+\]{1,2}\s*(#.*)?")
"""A line that begins a table: what stands above the first is at the top level."""
SCALE = "[scale."
"""How the tables of a scale begin: the last of a declaration."""


@dataclass(frozen=True)
class Draft:
    """A file of the catalog, complete or not.

    Attributes:
        place: the file.
        text: what it holds.
        stated: its facts, those of what it ``extends`` not among them.
        setup: what it takes to open the testbed, with defaults for what it does not say.
    """

    place: Path
    text: str
    stated: Mapping[str, Any]
    setup: Setup

    @classmethod
    def of(cls, name: str) -> Draft:
        """Read the file called ``NAME.toml``.

        Raises:
            UnknownNameError: there is none, or none of the testbed that it extends.
            SubjectError: it is not valid, apart from facts that it lacks.
        """
        place = spec.place(name)
        text = place.read_text(encoding="utf-8-sig")
        facts = spec.inherited(text, where=place.name)
        known = {field: facts[field] for field in facts.keys() - spec.MEASURED}
        setup = spec.validated(known, Setup, where=place.name)
        if setup.name != name:
            raise SubjectError(
                f"declares {setup.name!r}", where=place.name, fix="call the file as the testbed"
            )
        return cls(place, text, spec.facts_of(text, where=place.name), setup)

    @property
    def chosen(self) -> dict[str, Any]:
        """Facts that the file leaves to defaults, and that a declaration states."""
        if "extends" in self.stated:
            return {}
        return {each: getattr(self.setup, each) for each in CHOSEN if each not in self.stated}

    @property
    def complete(self) -> bool:
        """Whether the file itself states the facts that are measured together."""
        return self.stated.keys() >= spec.NEEDED

    def testbed(self, measured: Mapping[str, Any]) -> Testbed:
        """The testbed with those of the facts that the file does not state itself."""
        facts = spec.inherited(self.text, where=self.place.name)
        return spec.validated({**facts, **measured}, Testbed, where=self.place.name)

    def completed(self, facts: Mapping[str, Any], scale: Mapping[str, ScaleFacts] = {}) -> str:
        """The text with the facts, and with the scale if there is one in the place of its own.

        Lines keep their place and comments. A fact that is stated is replaced; the others come
        after the last one above the first table, the scale at the end.

        Raises:
            SubjectError: the file is laid out so that this would change something else.
        """
        text, tables, rest = self.text.partition(SCALE)
        rest = tables + rest
        text = with_facts(text, facts)
        wanted = {**self.stated, **facts}
        if scale:
            dumped = {
                name: each.model_dump(mode="json", exclude_none=True)
                for name, each in scale.items()
            }
            rest = tomli_w.dumps({"scale": dumped})
            text = f"{text.rstrip()}\n\n"
            wanted["scale"] = dumped
        if not self._states(text + rest, wanted):
            raise SubjectError(
                "cannot be completed line by line",
                where=self.place.name,
                fix="state one fact a line above the first table, and the scale last",
            )
        return text + rest

    def _states(self, text: str, wanted: Mapping[str, Any]) -> bool:
        try:
            return spec.facts_of(text, where=self.place.name) == wanted
        except SubjectError:  # a value of several lines was cut in two
            return False


def with_facts(text: str, facts: Mapping[str, Any]) -> str:
    """A declaration's text with top-level facts replaced or added, all else as it is."""
    lines = text.splitlines()
    head = next((at for at, line in enumerate(lines) if TABLE.fullmatch(line)), len(lines))
    top, below = lines[:head], lines[head:]
    end = max((at + 1 for at, line in enumerate(top) if line.partition("#")[0].strip()), default=0)
    for name, value in facts.items():
        stated = re.compile(rf"(\s*{name}\s*=\s*)[^#]*?(\s*#.*)?")
        new = tomli_w.dumps({name: value}).strip()
        at = next((at for at, line in enumerate(top) if stated.fullmatch(line)), None)
        if at is None:
            top.insert(end, new)
            end += 1
        else:
            found = stated.fullmatch(top[at])
            top[at] = new + ((found and found[2]) or "")
    return "\n".join([*top, *below]) + "\n"
