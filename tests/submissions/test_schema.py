from __future__ import annotations

import json
from pathlib import Path

from synact_bench.submissions import schema
from tests.helpers import submissions

PUBLISHED = Path(__file__).parents[2] / "leaderboard" / "schema"


def test_the_published_schema_is_current() -> None:
    published = (PUBLISHED / schema.SCHEMA_FILE).read_text(encoding="utf-8")
    assert json.loads(published) == json.loads(schema.json_schema()), "run 'make schema'"


def test_the_schema_describes_every_field_and_allows_no_other() -> None:
    published = json.loads(schema.json_schema())
    assert set(published["required"]) == set(schema.Submission.model_fields)
    assert published["additionalProperties"] is False
    assert all(each["description"] for each in published["properties"].values())


def test_a_submission_survives_its_file() -> None:
    given, _ = submissions.submission()
    assert schema.Submission.model_validate_json(submissions.content(), strict=True) == given
