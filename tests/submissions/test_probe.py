from __future__ import annotations

import pytest

from synact_bench.submissions import probe
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import submissions


def test_a_sound_file_and_a_merely_bad_one_pass() -> None:
    content = submissions.submission()[1]
    for each in (content, content[:-50], b""):
        probe.check(each, field="the table")


@pytest.mark.parametrize(
    ("child", "words"),
    [
        ("import os; os.abort()", "ends the process"),
        ("raise SystemExit(3)", "takes too much memory"),
        ("import time; time.sleep(60)", "does not end"),
    ],
)
def test_what_harms_its_reader_is_refused(
    child: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "CHILD", child)
    with pytest.raises(SubmissionError, match=rf"^the table: cannot be read safely: .*{words}"):
        probe.check(b"", field="the table", seconds=1.0 if "time" in child else 60.0)


def test_no_more_memory_is_given_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    eater = probe.CHILD.replace("file = pq", "sys.stdin.buffer.read(); bytearray(2**33); file = pq")
    monkeypatch.setattr(probe, "CHILD", eater)
    with pytest.raises(SubmissionError, match="takes too much memory"):
        probe.check(b"", field="the table")
