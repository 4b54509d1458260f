from __future__ import annotations

import importlib
import importlib.metadata

import pytest

import synact_bench


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("Curves", "core.curves"),
        ("Dictionary", "core.dictionary"),
        ("EXPERIMENTS", "core.experiments"),
        ("Evaluation", "evaluation.result"),
        ("GeneratorCard", "generators.base"),
        ("METRICS", "metrics"),
        ("PRESETS", "core.experiments"),
        ("RealActivations", "core.activations"),
        ("SynactError", "core.errors"),
        ("evaluate", "evaluation.evaluate"),
    ],
)
def test_a_public_name_is_that_of_its_module(name: str, home: str) -> None:
    module = importlib.import_module(f"synact_bench.{home}")
    assert getattr(synact_bench, name) is getattr(module, name)


def test_every_public_name_can_be_imported_and_is_listed() -> None:
    names: dict[str, object] = {}
    exec("from synact_bench import *", names)
    assert names.keys() >= set(synact_bench.__all__)
    assert set(synact_bench.__all__) <= set(dir(synact_bench))


def test_the_version_is_that_of_the_installed_package() -> None:
    assert synact_bench.__version__ == importlib.metadata.version("synact-bench")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'synact_bench' has no attribute 'Nothing'"):
        _ = synact_bench.Nothing
