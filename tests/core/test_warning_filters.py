"""Warnings that a caller made errors are heard; his other filters stay."""

from __future__ import annotations

import warnings

import pytest

from synact_bench.core.warning_filters import warnings_heard


def test_a_warning_that_the_caller_makes_an_error_is_heard() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.warns(UserWarning, match="heard"), warnings_heard():
            warnings.warn("heard", stacklevel=1)
        with pytest.raises(UserWarning):
            warnings.warn("raised", stacklevel=1)


def test_what_the_caller_ignores_stays_ignored() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "known: .*", UserWarning)
        warnings.filterwarnings(
            "ignore", module=__name__.replace(".", "[.]"), category=ImportWarning
        )
        warnings.filterwarnings("error", "known: but wrong")
        with warnings_heard():
            warnings.warn("known: harmless", stacklevel=1)
            warnings.warn("whatever", ImportWarning, stacklevel=1)
            warnings.warn("known: but wrong", stacklevel=1)
            warnings.warn("unknown", stacklevel=1)
    assert [str(each.message) for each in heard] == ["known: but wrong", "unknown"]


def test_the_interpreter_s_own_filters_are_of_whole_modules() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.filters[:] = [("ignore", None, UserWarning, "some.module", 0)]  # type: ignore[index]
        with warnings_heard():
            for module in ("some.module", "some.module.within", "some-module"):
                warnings.warn_explicit("said", UserWarning, "a.py", 1, module=module, registry={})
    assert len(heard) == 2
