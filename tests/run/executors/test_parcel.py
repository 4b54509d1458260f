from __future__ import annotations

import sys
from pathlib import Path

import pytest

from synact_bench.core.errors import PluginError
from synact_bench.generators import discovery
from synact_bench.generators.source import source_digest
from synact_bench.run.executors import parcel
from synact_bench.run.executors.parcel import Parcel
from tests.helpers.faulty import plugin


def test_a_file_is_the_same_plugin_where_it_is_unpacked(tmp_path: Path) -> None:
    path = plugin(tmp_path, track="unconditional")
    for target in (f"{path}:Faulty", str(path)):
        sent = Parcel.of(target)
        assert [*sent.files] == ["faulty.py"]
        there = sent.unpack(tmp_path / "there")
        assert Path(there.partition(":")[0]).is_relative_to(tmp_path / "there")
        here, other = discovery.find(target)(), discovery.find(there)()
        assert source_digest(here) == source_digest(other)


def test_a_package_goes_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / "far_method"
    (home / "parts" / "__pycache__").mkdir(parents=True)
    (home / "__init__.py").write_text("", encoding="utf-8")
    (home / "parts" / "made.py").write_text("value = 3\n", encoding="utf-8")
    (home / "parts" / "__pycache__" / "made.pyc").write_bytes(b"x")
    (home / "weights.bin").write_bytes(b"12")
    monkeypatch.syspath_prepend(tmp_path / "home")
    sent = Parcel.of("far_method.parts.made:value")
    assert sent.files.keys() == {
        *("far_method/__init__.py", "far_method/parts/made.py", "far_method/weights.bin")
    }
    monkeypatch.setattr(sys, "path", [each for each in sys.path if "home" not in each])
    assert sent.unpack(tmp_path / "there") == "far_method.parts.made:value"
    assert discovery.resolve("far_method.parts.made:value") == 3
    assert sys.path[0] == str(tmp_path / "there" / "modules")
    for name in [each for each in sys.modules if each.startswith("far_method")]:
        del sys.modules[name]


def test_what_cannot_be_sent_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PluginError, match="has no files"):
        Parcel.of("no_such_module_at_all:Mine")
    with pytest.raises(PluginError, match="cannot be read"):
        Parcel.of(str(tmp_path / "missing.py"))
    monkeypatch.setattr(parcel, "MOST", 10)
    with pytest.raises(PluginError, match="install the plugin on every machine"):
        Parcel.of(str(plugin(tmp_path, track="unconditional")))
