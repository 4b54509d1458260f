"""Files that are shipped with the package, per testbed: weights, cards and fingerprints."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def baselines() -> Path:
    """Folder of the files shipped per testbed: installed beside the package, or in the checkout."""
    package = Path(str(resources.files("synact_bench")))
    shipped = package / "baselines"
    return shipped if shipped.is_dir() else package.parent / "baselines"
