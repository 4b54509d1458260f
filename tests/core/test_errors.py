from __future__ import annotations

import pickle

import pytest

from synact_bench.core import errors
from synact_bench.core.errors import SynactError, UnknownNameError

CHILDREN = ["AssetError", "SubjectError", "TextError", "PluginError", "RecordError"]


@pytest.mark.parametrize("name", CHILDREN)
def test_a_message_says_where_what_and_what_to_do(name):
    error = getattr(errors, name)("is broken", where="a.txt", fix="fix it")
    assert isinstance(error, SynactError)
    assert str(error) == "a.txt: is broken; fix it"
    assert (error.what, error.where, error.fix) == ("is broken", "a.txt", "fix it")


def test_a_message_is_one_line():
    error = SynactError("line one\n  line two", where="a\tb", fix="fix\nit")
    assert str(error) == "a b: line one line two; fix it"


def test_an_unknown_name_hints_at_the_nearest():
    error = UnknownNameError("preset", "standart", ["smoke", "standard", "full"])
    assert str(error) == (
        "--preset: there is no preset 'standart'; "
        "did you mean 'standard'? known: full, smoke, standard"
    )


def test_an_unknown_name_like_no_other_gets_no_hint():
    assert "did you mean" not in str(UnknownNameError("preset", "zzz", ["smoke"]))
    assert str(UnknownNameError("preset", "zzz", [])).endswith("known: none")


@pytest.mark.parametrize(
    "error",
    [
        errors.AssetError("is broken", where="a.txt", fix="fix it"),
        UnknownNameError("preset", "standart", ["smoke", "standard"]),
    ],
)
def test_errors_survive_a_process_boundary(error):
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is type(error)
    assert str(copied) == str(error)


def test_a_message_spells_out_what_a_terminal_would_obey() -> None:
    error = SynactError("is\x1b]0;no\x07 file", where="a\x00b\udcff", fix="check\nit, \u00e9")
    assert str(error) == "a\\x00b\\udcff: is\\x1b]0;no\\x07 file; check it, \u00e9"
