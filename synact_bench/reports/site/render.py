"""The files of the site: templates filled with what was collected, scripts and curve data."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from synact_bench.assets.npm_packages import UPLOT
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.reports import palette
from synact_bench.reports.board import PARTS
from synact_bench.reports.site import shown
from synact_bench.reports.site.pages import WholeSite

HERE = "synact_bench.reports.site"
PLOTTING = {
    "dist/uPlot.iife.min.js": "assets/uPlot.iife.min.js",
    "dist/uPlot.min.css": "assets/uPlot.min.css",
    "LICENSE": "assets/uPlot.LICENSE",
}
"""Files of the plotting library, by their path in its package: where they lie in the site."""
PACKAGE = UPLOT


def contents(site: WholeSite, plotting: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every file of the site, by its place relative to the site's folder.

    Args:
        site: what it shows.
        plotting: files of the plotting library, by their path in its package.

    Raises:
        RecordError: two of them would lie at one place.
    """
    found: dict[str, bytes] = {}
    taken: set[str] = set()
    for place, content in _files(site, plotting):
        if place.casefold() in taken:
            raise RecordError(
                "two of its files would lie there", where=place, fix="leave one of the rows out"
            )
        taken.add(place.casefold())
        found[place] = content
    return found


def _files(site: WholeSite, plotting: Mapping[str, bytes]) -> Iterable[tuple[str, bytes]]:
    yield from ((place, plotting[member]) for member, place in PLOTTING.items())
    yield from ((f"assets/{name}", content) for name, content in _static().items())
    yield "assets/palette.css", _palette_css().encode()
    yield "assets/palette.js", f"synact.palette = {_script(_palette())};\n".encode()
    yield "data/index.js", _registered("data/index.js", _index(site))
    for place, drawn in site.curves.items():
        yield place, _registered(place, asdict(drawn))
    for place, page in _pages(site):
        yield place, page.encode()


def _pages(site: WholeSite) -> Iterable[tuple[str, str]]:
    layers = {column.layer for suite in site.suites for column in suite.columns}
    tracks = dict.fromkeys(row.kind for suite in site.suites for row in suite.rows)
    known = sorted(layer for layer in layers if layer is not None)
    yield "index.html", _page("index", site, "", layers=known, tracks=[*tracks])
    yield "compare.html", _page("compare", site, "")
    yield "changes.html", _page("changes", site, "")
    for generator in site.generators:
        page = _page("generator", site, "../", page=generator, part_names=[*PARTS])
        yield generator.page.href, page
    for testbed in site.testbeds:
        yield testbed.column.page.href, _page("testbed", site, "../", page=testbed)
    for sae in site.saes:
        yield sae.page.href, _page("sae", site, "../", page=sae)


def _page(template: str, site: WholeSite, root: str, **shown_there: object) -> str:
    """A page; ``root`` leads from its folder to the site's first page."""
    urls = project_urls()
    return (
        _templates()
        .get_template(f"{template}.html.jinja")
        .render(
            site=site,
            root=root,
            docs=urls["Documentation"],
            source=urls["Source"],
            **shown_there,
        )
    )


@cache
def _templates() -> Environment:
    """Templates that escape all that they are given, and refuse what is not given."""
    made = Environment(
        loader=PackageLoader(HERE),
        autoescape=True,
        finalize=shown.seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(shown.FILTERS)
    return made


def project_urls() -> dict[str, str]:
    """Addresses that the package declares, by name: of its documentation and source."""
    stated = importlib.metadata.metadata("synact-bench").get_all("Project-URL") or []
    pairs = (each.partition(", ")[::2] for each in stated)
    return dict(pairs)


def _static() -> dict[str, bytes]:
    folder = resources.files(HERE) / "static"
    files = sorted(folder.iterdir(), key=lambda each: each.name)
    return {each.name: each.read_bytes() for each in files if not each.name.startswith(".")}


def _index(site: WholeSite) -> dict[str, object]:
    """What the page of comparisons chooses from: every row, where it stands and its curves."""
    return {
        "suites": [{"key": each.key, "title": each.title} for each in site.suites],
        "testbeds": [
            {
                "key": page.column.key,
                "title": page.column.page.text,
                "real": shown.curves_there(page.column.key, REFERENCE, site),
                "gaussian": shown.curves_there(page.column.key, GAUSSIAN, site),
            }
            for page in site.testbeds
        ],
        "rows": [
            {
                "name": each.page.text,
                "href": each.page.href,
                "kind": each.kind,
                "overall": {own.key: shown.words(own.standing) for own in each.overall},
                "standings": {own.column.key: shown.words(own.standing) for own in each.testbeds},
                "data": {own.column.key: own.data for own in each.testbeds if own.data},
            }
            for each in site.generators
        ],
    }


def _palette() -> dict[str, object]:
    return {
        "real": palette.REAL_LINE._asdict(),
        "gaussian": palette.GAUSSIAN_LINE._asdict(),
        "compared": [each._asdict() for each in palette.COMPARED],
    }


def _palette_css() -> str:
    """The palette as properties of the style sheet, and the lines of drawings in the pages."""
    lines = {
        "row": palette.COMPARED[0],
        "real": palette.REAL_LINE,
        "gaussian": palette.GAUSSIAN_LINE,
    }
    rules = [
        f".line-{name} {{ stroke: {each.colour}; stroke-dasharray: "
        f"{' '.join(map(str, each.dash)) or 'none'}; }}"
        for name, each in lines.items()
    ]
    colours = {"unconditional": palette.UNCONDITIONAL, "conditioned": palette.CONDITIONED}
    colours["control"] = palette.REAL
    rules += [f".bar.{name} {{ color: {colour}; }}" for name, colour in colours.items()]
    rules.append(f".share {{ color: {palette.UNCONDITIONAL}; }}")
    return "\n".join(rules) + "\n"


def _registered(place: str, facts: object) -> bytes:
    """A script that hands over its data: pages on a disk may load scripts, and nothing else."""
    return f"synact.register({_script(place)}, {_script(facts)});\n".encode()


def _script(facts: object) -> str:
    """Facts as JavaScript: ASCII, and with no character that ends a script or begins markup."""
    text = json.dumps(shown.seen(facts), separators=(",", ":"), sort_keys=True, allow_nan=False)
    for each in "<>&":
        text = text.replace(each, f"\\u{ord(each):04x}")
    return text
