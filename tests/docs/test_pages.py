"""Every block of code in the documentation runs as it is shown, on the tiny testbed.

A block that cannot be run is marked ``<!-- not run: why -->`` on the line above it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from synact_bench.core.experiments import Preset, find_preset
from synact_bench.generators.cluster_flow import ClusterFlow
from synact_bench.results.store import Cell
from synact_bench.run import opening
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed
from tests.helpers.commands import invoke
from tests.helpers.pages import Block, blocks
from tests.helpers.shipping import identified, ship, stored

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
KINDS = {"python", "sh", "json", "toml", "text", "yaml"}
SMOKE = "baselines/smollm2-135m/smoke.json"


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader has in a checkout: pages share its runs, as they would there.

    Copies, because what a page says may write to them.
    """
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("leaderboard/records", "leaderboard/smollm2-135m/scores.json", SMOKE):
        source = ROOT / name
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def shipped(_full_run: Path) -> list[Cell]:
    """Cells that are published of ``reader``'s testbed, except for its name."""
    return stored(_full_run)


@pytest.fixture
def reader(
    no_figures: None,
    workplace: Path,
    opened_once: Testbed,
    shipped: list[Cell],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The tiny testbed under the name of the embedded one, every preset as small as smoke.

    What is trained is trained briefly, and boards have no figures.
    """
    monkeypatch.setattr(ClusterFlow.__init__, "__kwdefaults__", {"steps": 5, "width": 16})
    named = opened_once.model_copy(update={"name": "smollm2-135m"})
    monkeypatch.setattr(spec, "catalog", lambda: {named.name: named})
    own = {"testbed": named.identity, "testbed_digest": named.digest, "preset": "standard"}
    published = [identified(each, **own) for each in shipped]
    ship(published, named.name, workplace / "published", monkeypatch)

    def small(name: str) -> Preset:
        return Preset(find_preset(name).name, bases=8, refined=8)

    monkeypatch.setattr(opening, "find_preset", small)
    monkeypatch.chdir(workplace)
    return workplace


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs(page: Path, reader: Path) -> None:
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        assert block.kind in KINDS, f"{where}: {block.kind!r} is none of {sorted(KINDS)}"
        if block.reason is None:
            run(block, where, names, reader)


def run(block: Block, where: str, names: dict[str, object], folder: Path) -> None:
    if block.title is not None:
        (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
        (folder / block.title).write_text(block.text, encoding="utf-8")
    if block.kind == "python":
        # As many lines above it as on the page, so that a traceback names the page's.
        code = "\n" * block.line + block.text
        exec(compile(code, where, "exec", dont_inherit=True), names)
    elif block.kind == "sh":
        for command in block.commands:
            assert ran(command), f"{where}: {' '.join(command)}"
    elif block.kind == "json":
        json.loads(block.text)
    elif block.kind == "yaml":
        for command in workflow_commands(block.text):
            tests = command[0] == "pytest"
            done = collected(command[1:], folder) if tests else ran(command)
            assert done, f"{where}: {' '.join(command)}"


def workflow_commands(text: str) -> Iterator[list[str]]:
    """What the steps of a workflow run, except for installing packages."""
    for job in yaml.safe_load(text)["jobs"].values():
        for step in job["steps"]:
            for command in Block("sh", step.get("run", ""), 0).commands:
                if command[:4] != ["python", "-m", "pip", "install"]:
                    yield command


def collected(options: list[str], folder: Path) -> bool:
    """Whether pytest finds the cells, with these options, in a folder that is no checkout.

    What it would measure is tested elsewhere; here, that nothing is refused.
    """
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, *options], cwd=folder, env=environment, check=False)
    return done.returncode == 0


def ran(command: list[str]) -> bool:
    program, *arguments = command
    if program == "synact-bench":
        return invoke(*arguments) == 0
    if program == "make":  # what a target does is tested elsewhere; here, that it is there
        dry = ["make", "--dry-run", "--always-make", *arguments]
        return subprocess.run(dry, cwd=ROOT, capture_output=True, check=False).returncode == 0
    raise AssertionError(f"{program} is not run by this test: mark the block as not run, and why")


@pytest.mark.parametrize(
    ("block", "error"),
    [
        (Block("python", "1 / 0\n", 1), ZeroDivisionError),
        (Block("sh", "synact-bench run --sead 3\n", 1), AssertionError),
        (Block("sh", "make nothing\n", 1), AssertionError),
        (Block("sh", "pytest -q\n", 1), AssertionError),
        (Block("json", "{'a': 1}\n", 1), ValueError),
        (Block("yaml", "jobs: {a: {steps: [{run: synact-bench runn}]}}\n", 1), AssertionError),
        (Block("yaml", "jobs: {a: {steps: [{run: pytest --synact-mni}]}}\n", 1), AssertionError),
    ],
)
def test_a_block_that_fails_fails_the_test(
    tmp_path: Path, block: Block, error: type[Exception]
) -> None:
    with pytest.raises(error):
        run(block, "page:1", {}, tmp_path)


def test_pages_hold_code_that_runs() -> None:
    found = [block for page in PAGES for block in blocks(page)]
    running = [block for block in found if block.reason is None]
    assert sum(block.kind == "python" for block in running) >= 15
    assert sum(len(block.commands) for block in running if block.kind == "sh") >= 10


def test_contributing_is_short() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 60


def built(config: Path, site: Path) -> subprocess.CompletedProcess[str]:
    # Not with --quiet, which drops warnings before they are counted.
    command = [sys.executable, "-m", "mkdocs", "build", "-f", str(config), "-d", str(site)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = built(ROOT / "mkdocs.yml", tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "api" / "index.html").read_text(encoding="utf-8")
    for name in ("evaluate", "GeneratorCard", "RealActivations", "SynactError"):
        assert f">{name}</" in page or f".{name}" in page


@pytest.mark.parametrize(("link", "code"), [("index.md", 0), ("nowhere.md", 1)])
def test_a_dead_link_stops_the_site(tmp_path: Path, link: str, code: int) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Page\n\n[a page]({link})\n", encoding="utf-8")
    config = tmp_path / "mkdocs.yml"
    given = {"INHERIT": str(ROOT / "mkdocs.yml"), "nav": ["index.md"], "plugins": [], "hooks": []}
    config.write_text(json.dumps(given), encoding="utf-8")  # JSON is YAML
    done = built(config, tmp_path / "site")
    assert done.returncode == code, done.stderr
    assert ("nowhere.md" in done.stderr) == bool(code)
