"""Kinds that are handed in: a submission's card file and its pack."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from synact_bench.submissions import card_file, checks, pack_file
from tests.fuzz import mutations
from tests.fuzz.tables import parquet_file
from tests.fuzz.tried import Kind
from tests.helpers import submissions


def card(content: bytes) -> object:
    """A card file alone."""
    return card_file.loads(content)


def packed(content: bytes) -> object:
    """A pack, as the child reads it."""
    found = pack_file.cells(content)
    pack_file.check_exact(content, found)
    return found


@cache
def _fields() -> dict[str, Any]:
    return submissions.draft().fields


def whole(fields: Any) -> object:
    """Both files, each of which vouches for the other, compared with the published rows."""
    draft = submissions.draft()
    stated = fields if isinstance(fields, dict) else {"records": fields}
    draft.fields = json.loads(mutations.as_json(stated)) if _plain(stated) else _fields()
    draft.fields.setdefault("records", [])
    with pytest.MonkeyPatch.context() as patch:
        submissions.toy_testbed(patch)
        return checks.compare(
            draft.content,
            draft.paths,
            reference=lambda name: submissions.reference() if name == "toy" else (),
            taken={},
        )


def _plain(stated: Any) -> bool:
    """Whether it can be read back, so that what vouches for it can be made."""
    try:
        mutations.loaded(mutations.as_json(stated))
    except ValueError:
        return False
    return True


KINDS = (
    Kind(
        "submission's card (JSON)",
        lambda: mutations.file([json.loads(submissions.content())], mutations.as_json),
        card,
        share=4_000,
    ),
    Kind(
        "submission's pack (Parquet)",
        lambda: parquet_file(submissions.submission()[1]),
        packed,
        share=1_000,
        few=30,
    ),
    Kind(
        "submission, whole",
        lambda: lambda rng: mutations.tree(rng, [_fields()]),
        whole,
        share=400,
        few=15,
    ),
)
