"""Packages that are really installed: built as a wheel, unpacked by pip into a folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def install(project: Path, folder: Path) -> Path:
    """Install a pure package beside its pyproject.toml into ``folder``, offline; no dependency."""
    wheel = _wheel(project, folder.parent)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--disable-pip-version-check", "--no-compile", "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True)
    return folder


def _wheel(project: Path, folder: Path) -> Path:
    """As the declared build backend would make it, which need not be installed for that."""
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, version = declared["name"].replace("-", "_"), declared["version"]
    info = f"{module}-{version}.dist-info"
    members = {
        str(path.relative_to(project)): path.read_text(encoding="utf-8")
        for path in sorted((project / module).rglob("*.py"))
    }
    members[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {declared['name']}\nVersion: {version}\n"
    )
    members[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    members[f"{info}/entry_points.txt"] = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in declared["entry-points"].items()
    )
    members[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*members, f"{info}/RECORD"))
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path
