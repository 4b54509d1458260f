"""The name of a plugin, and those of its module and its class."""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from dataclasses import dataclass

from synact_bench.core.errors import SynactError
from synact_bench.core.row_names import clash
from synact_bench.testing.rules.identity import TAKEN

PATTERN = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
LONGEST = 32
"""Characters of a name; lines of the package stay within 100."""
USED = frozenset({"Dictionary", "GeneratorCard", "RealActivations", "Tensor"})
"""Classes that the generator's file imports."""


@dataclass(frozen=True)
class PluginName:
    """What a plugin is called.

    Attributes:
        name: of the package, the entry point and the card: ``my-method``.

    Raises:
        SynactError: no package can have this name.
    """

    name: str

    def __post_init__(self) -> None:
        problem = _malformed(self.name) or _clash(self)
        if problem:
            raise SynactError(
                problem, where=f"name {self.name!r}", fix="choose another, such as my-method"
            )

    @property
    def module(self) -> str:
        """The importable package: ``my_method``."""
        return self.name.replace("-", "_")

    @property
    def class_name(self) -> str:
        """The generator's class: ``MyMethod``."""
        return "".join(part.capitalize() for part in self.name.split("-"))


def _malformed(name: str) -> str:
    """What is wrong with the letters of a name; empty if nothing is."""
    if len(name) > LONGEST:
        return f"has {len(name)} characters, at most {LONGEST} are allowed"
    if not re.fullmatch(PATTERN, name):
        return "is not made of lower-case letters and digits in words joined by dashes"
    return ""


def _clash(plugin: PluginName) -> str:
    """What a well-formed name gets in the way of; empty if nothing."""
    taken = clash(plugin.name, TAKEN)
    if taken:
        return taken
    if keyword.iskeyword(plugin.module) or keyword.iskeyword(plugin.class_name):
        return "is a word of Python"
    if plugin.module.startswith("test") or plugin.module == "conftest":
        return "would be taken for a test"
    if plugin.class_name in USED:
        return f"would call its class {plugin.class_name}, which the generator needs"
    if plugin.module in sys.stdlib_module_names or importlib.util.find_spec(plugin.module):
        return f"would hide the installed module {plugin.module!r}"
    return ""
