"""A whole tiny testbed on disk, opened the way every testbed is: nothing in it is a stand-in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from synact_bench.testbeds import fingerprint, sae, spec, training
from synact_bench.testbeds.language_model import LanguageModel
from synact_bench.testbeds.spec import ShippedSae, Testbed
from synact_bench.testbeds.subject import Text, train_pool
from tests.helpers.testbeds import SETTINGS, tiny_testbed, write_documents
from tests.helpers.tiny import save_tiny


@dataclass(frozen=True)
class Home:
    """A declaration and the folders it is read from."""

    testbed: Testbed
    baselines: Path
    cache: Path

    def install(self, patch: pytest.MonkeyPatch, *others: Testbed) -> None:
        """Make ``tiny`` and ``others`` the only testbeds there are."""
        catalog = {testbed.name: testbed for testbed in (self.testbed, *others)}
        patch.setenv("SYNACT_CACHE", str(self.cache))
        patch.setattr(spec, "catalog", lambda: catalog)
        patch.setattr(spec, "baselines", lambda: self.baselines)


def build(folder: Path) -> Home:
    """A random Llama, random words, an SAE trained on both, and the model's fingerprint."""
    declared = tiny_testbed(
        save_tiny("llama", folder / "model"),
        write_documents(folder / "text"),
        fingerprint="tiny/fingerprint.json",
    )
    baselines = folder / "baselines"
    card = training.train(declared, SETTINGS, baselines / "tiny" / "sae")
    source = ShippedSae(kind="shipped", folder="tiny/sae", sha256=card.weights_sha256)
    home = Home(declared.model_copy(update={"sae": source}), baselines, folder / "cache")
    with pytest.MonkeyPatch.context() as patch:
        home.install(patch)
        model = LanguageModel.load(declared.model, centred=False)
        shown = fingerprint.measure(declared, model)
        fingerprint.path(declared).write_text(shown.model_dump_json(), encoding="utf-8")
        pool = train_pool(Text.read(declared, model))
        explained = sae.explained_variance(sae.load(source), pool.tensor)
    measured = home.testbed.model_copy(update={"explained_variance": explained})
    return Home(measured, baselines, home.cache)
