"""The package as it is installed: a few digits that change with any of its files."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

HOME = Path(__file__).parents[1]
FILES = ("*.py", "*.toml")
"""What numbers are made by, and what testbeds and suites are declared in."""


def package_digest() -> str:
    """Another for any of its files that is changed, and for another Python."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(path for pattern in FILES for path in HOME.rglob(pattern)):
        facts = path.stat()
        digest.update(f"{path}\n{facts.st_size}\n{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]
