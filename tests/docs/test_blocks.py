"""The collector of blocks finds what a reader sees."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.helpers.pages import Block, blocks

PAGE = """
Words.

```python title="mine.py"
x = 1
```

    .venv/bin/synact-bench list  # all
    make test

    a = b

<!-- not run: takes an hour -->
```sh
make bench
```

1. One

    <!-- not run: nothing there -->
    ```sh
    synact-bench run \\
      --preset smoke
    ```

<!-- another comment -->

```text
not code
```
"""


def test_blocks_are_found_with_their_facts(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    python, both, marked, nested, text = blocks(page)
    assert python == Block("python", "x = 1\n", 4, title="mine.py")
    assert both.kind == "sh"
    assert both.commands[:2] == [["synact-bench", "list"], ["make", "test"]]
    assert (marked.kind, marked.reason) == ("sh", "takes an hour")
    assert nested.commands == [["synact-bench", "run", "--preset", "smoke"]]
    assert nested.reason == "nothing there"
    assert (text.kind, text.reason) == ("text", None)


def test_an_indented_formula_is_no_command(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("x\n\n    realism = (a - b) / c\n", encoding="utf-8")
    assert [block.kind for block in blocks(page)] == ["text"]


@pytest.mark.parametrize(
    "code",
    [
        "frame.groupby('path')",
        "from synact_bench import testing",
        "def test():\n    check(it)",
        "THREADS=1 synact-bench run",
        "%%writefile mine.py\n...",
        "[project.scripts]\nmine = 'a:b'",
        "cd mine\npytest -q",
    ],
)
@pytest.mark.parametrize("fenced", [False, True])
def test_code_in_no_language_is_told_from_text(tmp_path: Path, code: str, fenced: bool) -> None:
    page = tmp_path / "page.md"
    block = f"```\n{code}\n```" if fenced else textwrap.indent(code, "    ")
    page.write_text(f"x\n\n{block}\n", encoding="utf-8")
    assert [each.kind for each in blocks(page)] == ["unnamed"]
