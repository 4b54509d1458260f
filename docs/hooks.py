"""Figures of the published boards on pages of the documentation.

Pages name them as they lie in the repository, ``../leaderboard/...``, so that they are seen there
too; here they become files of the site.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
FIGURE = re.compile(r"\]\(\.\./(leaderboard/[^)\s]+\.png)\)")


def on_files(files: Files, config: Any) -> Files:
    """Add every figure that some page names."""
    named = {
        place
        for page in sorted(Path(config.docs_dir).glob("*.md"))
        for place in FIGURE.findall(page.read_text(encoding="utf-8"))
    }
    for place in sorted(named):
        files.append(File.generated(config, place, abs_src_path=str(ROOT / place)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name it as a file of the site."""
    return FIGURE.sub(r"](\1)", markdown)
