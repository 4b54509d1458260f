"""A whole tiny testbed on disk, opened the way every testbed is: nothing in it is a stand-in."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from synact_bench.models import fingerprint
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed
from tests.helpers.testbeds import Trained


@dataclass(frozen=True)
class Home:
    """A declaration and the folders it is read from."""

    testbed: Testbed
    baselines: Path
    cache: Path

    @property
    def early(self) -> Testbed:
        """``tiny-early``: the same, whose answer is read a block before."""
        return self.testbed.model_copy(
            update={"name": "tiny-early", "read_hook": "blocks.2.hook_resid_post"}
        )

    def install(self, patch: pytest.MonkeyPatch, *others: Testbed) -> None:
        """Make ``tiny`` and ``others`` the only testbeds there are."""
        catalog = {testbed.name: testbed for testbed in (self.testbed, *others)}
        patch.setenv("SYNACT_CACHE", str(self.cache))
        patch.setattr(spec, "catalog", lambda: catalog)
        patch.setattr(spec, "baselines", lambda: self.baselines)


def build(trained: Trained, folder: Path) -> Home:
    """The trained testbed with its model's fingerprint, and an empty cache."""
    shutil.copytree(trained.folder, folder / "baselines")
    declared = trained.testbed.model_copy(update={"fingerprint": "tiny/fingerprint.json"})
    home = Home(declared, folder / "baselines", folder / "cache")
    shown = fingerprint.measure(declared, trained.model).model_dump_json()
    (home.baselines / "tiny" / "fingerprint.json").write_text(shown, encoding="utf-8")
    return home
