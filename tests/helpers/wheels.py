"""Small fake wheels: zip files with a pinned checksum."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from synact_bench.testbeds.spec import Package


def make_wheel(folder: Path, members: Mapping[str, bytes], *, name: str = "tinytext") -> Package:
    """Write a wheel into ``folder`` and return the package that pins it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(member), content)
    return Package(
        name=name,
        version="1.0",
        wheel=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size_mb=0.1,
        licence="none",
    )
