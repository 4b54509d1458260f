"""What is said of a file that cannot be read: where, and nothing that stands in it."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from synact_bench.assets import custom_file, local_files
from synact_bench.core.errors import SynactError
from synact_bench.core.untrusted.faults import FaultError, fault, stated, unquoted
from synact_bench.models import fingerprint
from synact_bench.regression import baseline
from synact_bench.results import pack
from synact_bench.results.store import Store
from synact_bench.run import official
from synact_bench.submissions import card_file
from synact_bench.testbeds import spec
from tests.helpers.strangers import SECRET, secret_json
from tests.helpers.testbeds import tiny_testbed


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int = 0
    named: dict[str, int] = {}

    @model_validator(mode="after")
    def _counts(self) -> Part:
        if self.count == 7:
            raise FaultError("count is 7")
        if self.count == 8:
            raise ValueError(f"quotes {self.named}")
        return self


def invalid(**fields: object) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Part.model_validate(fields)
    return caught.value


@pytest.mark.parametrize(
    ("fields", "said", "named"),
    [
        ({"count": SECRET}, "count: Input should be a valid integer", "count: Input"),
        ({SECRET: 1}, "...: Extra inputs are not permitted", f"{SECRET}: Extra inputs"),
        ({"named": {SECRET: "x"}}, "named....: Input should be", f"named.{SECRET}: Input"),
        ({"count": 7}, "the whole: count is 7", "the whole: count is 7"),
        ({"count": 8, "named": {SECRET: 1}}, "is not what it may be", "is not what it may be"),
    ],
)
def test_a_field_at_fault_is_named_if_it_is_ours(
    fields: dict[str, object], said: str, named: str
) -> None:
    error = invalid(**fields)
    assert said in fault(error, Part)
    assert SECRET not in fault(error, Part)
    assert named in stated(error)


def test_of_many_faults_a_few_are_told() -> None:
    error = invalid(named=dict.fromkeys("abcde", "x"))
    assert fault(error, Part).count("Input should be") == 3
    assert fault(error, Part).endswith("(and 2 more)")


def test_an_error_is_told_by_its_place() -> None:
    with pytest.raises(ValueError, match="Expecting") as caught:
        json.loads(f'{{\n"a": {SECRET}}}')
    assert fault(caught.value) == "it is malformed at line 2, column 6 (JSONDecodeError)"
    with pytest.raises(UnicodeDecodeError) as undecoded:
        b"ab\xff".decode()
    assert fault(undecoded.value) == "it is not UTF-8 text (byte 2)"
    assert fault(KeyError(SECRET)) == "it is malformed (KeyError)"
    assert fault(OSError(2, "No such file", SECRET)) == "No such file"
    assert SECRET not in fault(OSError(f"no header in {SECRET}"))


def test_a_value_is_shown_if_it_is_a_number() -> None:
    found = [unquoted(each) for each in (1, 1.5, True, None, SECRET, [SECRET])]
    assert found == ["1", "1.5", "True", "None", "a str", "a list"]
    assert len(unquoted(10**300)) < 100


def named_fingerprint(path: Path) -> None:
    testbed = tiny_testbed(
        {"kind": "hub", "name": "a"},  # type: ignore[arg-type]
        {"kind": "hub-text", "name": "a", "rows": 1},  # type: ignore[arg-type]
        fingerprint=path.name,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spec, "baselines", lambda: path.parent)
        fingerprint.verify(testbed, None)


def config_of(path: Path) -> None:
    path.rename(path.with_name("cfg.json"))
    local_files.sae_hook(path.parent)
    local_files.sae_config(path.with_name("missing"))


def drawn(path: Path) -> None:
    path.rename(path.with_name(official.SEED_FILE))
    official.take_seed(path.parent, [])


READERS: dict[str, Callable[[Path], object]] = {
    "fingerprint": named_fingerprint,
    "SAE": config_of,
    "testbed": custom_file.read,
    "record": lambda path: Store(path.parent).read(path),
    "baseline": baseline.read,
    "pack": pack.load,
    "records of a pack": pack.records,
    "seed": drawn,
}
CONTENTS = {
    "a secret": secret_json(),
    "broken": f'{{"password": {SECRET}',
    "bare": SECRET,
    "of our version": json.dumps({"schema_version": 2, "id": SECRET, "identity": {"a": [SECRET]}}),
}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("reader", READERS)
def test_no_message_and_no_traceback_quotes_a_file(
    reader: str, content: str, tmp_path: Path
) -> None:
    path = tmp_path / "given.json"
    path.write_text(CONTENTS[content], encoding="utf-8")
    with pytest.raises(SynactError) as caught:
        READERS[reader](path)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert len(str(caught.value).splitlines()) == 1


def test_a_pack_with_other_metadata_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    columns = pa.table({SECRET: [SECRET]})
    for metadata in ({SECRET: SECRET}, {"records": secret_json(), "records_sha256": SECRET}):
        pq.write_table(columns.replace_schema_metadata(metadata), path)
        for read in (pack.load, pack.records):
            with pytest.raises(SynactError, match="is not a pack") as caught:
                read(path)
            assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_submission_s_parser_quotes_nothing() -> None:
    with pytest.raises(SynactError, match="line 1, column 7") as caught:
        card_file.loads(f'{{"a": {SECRET}'.encode())
    assert SECRET not in "".join(traceback.format_exception(caught.value))
