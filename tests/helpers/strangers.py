"""A stranger's declaration, and a package whose build leaves a mark wherever it is built."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

SECRET = "hunter2"
WHEEL = "evil-1.0-py3-none-any.whl"
SDIST = "evil-1.0.tar.gz"
PROJECT = """
[build-system]
requires = []
build-backend = "mark"
backend-path = ["."]
"""
MARK = "from pathlib import Path\nPath({canary!r}).write_text('built')\n"


def sdist(folder: Path, canary: Path) -> Path:
    """A source distribution that writes ``canary`` as soon as anything of it is built."""
    mark = MARK.format(canary=str(canary))
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
        "pyproject.toml": PROJECT,
        "setup.py": mark,
        "mark.py": mark,
    }
    path = folder / SDIST
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"evil-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def wheel(folder: Path, entries: Mapping[str, bytes], *, mode: int = 0) -> Path:
    """A wheel that an index may serve, its members compressed and of a Unix mode."""
    metadata = {
        "evil-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
        "evil-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
        "evil-1.0.dist-info/RECORD": b"",
    }
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**entries, **metadata}.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (mode if name in entries else 0) << 16
            archive.writestr(entry, content)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def package(**changes: object) -> dict[str, object]:
    """The package as a declaration names it."""
    facts: dict[str, object] = {
        **{"name": "evil", "version": "1.0", "wheel": WHEEL, "sha256": "0" * 64},
        **{"size_mb": 0.5, "licence": "none"},
    }
    return facts | changes


def packaged_model(**changes: object) -> dict[str, object]:
    kind = {"kind": "packaged-gguf", "member": "evil/model.gguf", "package": package()}
    return kind | changes


def packaged_text(**changes: object) -> dict[str, object]:
    return {"kind": "packaged-text", "prefix": "evil/", "package": package()} | changes


def declaration(model: Mapping[str, Any], text: Mapping[str, Any], **changes: object) -> str:
    """A testbed file in TOML."""
    facts: dict[str, object] = {
        **{"name": "theirs", "version": "1", "summary": "From a stranger.", "weights": "raw"},
        **{"write_hook": "blocks.1.hook_resid_pre", "read_hook": "blocks.3.hook_resid_post"},
        **{"n_ctx": 6, "train_activations": 400, "sae": {"kind": "pca"}},
        **{"model": model, "text": text},
    }
    return tomli_w.dumps(facts | changes)


def secret_json() -> str:
    return json.dumps({"password": SECRET, SECRET: [SECRET]})
