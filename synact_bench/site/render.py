"""The files of the site: templates filled with what was collected, scripts and curve data."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from functools import cache, partial
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from synact_bench.assets.npm_packages import UPLOT
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.drawing import palette
from synact_bench.reports.board import PARTS
from synact_bench.site import pictures, shown
from synact_bench.site.pages import WholeSite

HERE = "synact_bench.site"
PLOTTING = {
    "dist/uPlot.iife.min.js": "assets/uPlot.iife.min.js",
    "dist/uPlot.min.css": "assets/uPlot.min.css",
    "LICENSE": "assets/uPlot.LICENSE",
}
"""Files of the plotting library, by their path in its package: where they lie in the site."""
PACKAGE = UPLOT
PICTURE = "assets/plateau-and-step.png"
OF_PLOTS = frozenset({"compare.js", "curves.js", "generator.js"})
"""Scripts of ours that draw with it."""


def contents(site: WholeSite, plotting: Mapping[str, bytes] | None) -> dict[str, bytes]:
    """Every file of the site, by its place relative to the site's folder.

    Args:
        site: what it shows.
        plotting: files of the plotting library, by their path in its package. None for a site of
            which the curves are static pictures, and that compares no chosen rows.

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


def _files(site: WholeSite, plotting: Mapping[str, bytes] | None) -> Iterable[tuple[str, bytes]]:
    plots = plotting is not None
    yield from assets(plots=plots).items()
    if site.picture is not None:
        yield PICTURE, site.picture
    if plotting is not None:
        yield from ((place, plotting[member]) for member, place in PLOTTING.items())
        yield "assets/palette.js", f"synact.palette = {_script(_palette())};\n".encode()
        yield "data/index.js", _registered("data/index.js", _index(site))
        for place, file in site.curves.items():
            yield place, _register(place, _escaped(file.text(shown.seen(file.name))))
    for place, page in _pages(site, plots=plots):
        yield place, page.encode()


def _pages(site: WholeSite, *, plots: bool) -> Iterable[tuple[str, str]]:
    filled = partial(_page, site=site, plots=plots)
    layers = {column.layer for suite in site.suites for column in suite.columns}
    tracks = dict.fromkeys(row.kind for suite in site.suites for row in suite.rows)
    known = sorted(layer for layer in layers if layer is not None)
    yield "index.html", filled("index", "", layers=known, tracks=[*tracks])
    if plots:
        yield "compare.html", filled("compare", "")
    yield "changes.html", filled("changes", "")
    for generator in site.generators:
        yield generator.page.href, filled("generator", "../", page=generator, part_names=[*PARTS])
    for testbed in site.testbeds:
        yield testbed.column.page.href, filled("testbed", "../", page=testbed)
    for sae in site.saes:
        yield sae.page.href, filled("sae", "../", page=sae)


def _page(template: str, root: str, *, site: WholeSite, plots: bool, **shown_there: object) -> str:
    """A page.

    Args:
        template: its name.
        root: leads from its folder to the site's first page.
        site: that it is of.
        plots: whether scripts draw the curves.
        shown_there: what stands on it.
    """
    return fill(
        template, root, release=site.release, site=site, plots=plots, picture=PICTURE, **shown_there
    )


def assets(*, plots: bool) -> dict[str, bytes]:
    """Style sheets and scripts of ours that pages load, by place; those that draw if they do."""
    own = {name: each for name, each in _static().items() if plots or name not in OF_PLOTS}
    return {
        **{f"assets/{name}": content for name, content in own.items()},
        "assets/palette.css": _palette_css().encode(),
    }


def fill(template: str, root: str, *, release: str, **shown_there: object) -> str:
    """A page: a template filled with what stands there, every text of it escaped.

    Args:
        template: its name.
        root: leads from its folder to the site's first page.
        release: of the package that makes it.
        shown_there: what the template names, beside addresses of the project.
    """
    urls = project_urls()
    return (
        _templates()
        .get_template(f"{template}.html.jinja")
        .render(
            release=release,
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
    made.filters.update({**shown.FILTERS, **pictures.FILTERS})
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
        "isotropic": palette.COMPARED[2],
    }
    rules = [
        f".line-{name} {{ stroke: {each.colour}; stroke-dasharray: "
        f"{' '.join(map(str, each.dash)) or 'none'}; }}"
        for name, each in lines.items()
    ]
    rules += [
        f".curve .band-{name} {{ fill: {each.colour}; fill-opacity: 0.2; }}"
        for name, each in lines.items()
    ]
    colours = {"unconditional": palette.UNCONDITIONAL, "conditioned": palette.CONDITIONED}
    colours["control"] = palette.REAL
    rules += [f".bar.{name} {{ color: {colour}; }}" for name, colour in colours.items()]
    rules.append(f".share {{ color: {palette.UNCONDITIONAL}; }}")
    return "\n".join(rules) + "\n"


def _registered(place: str, facts: object) -> bytes:
    """A script that hands over its data: pages on a disk may load scripts, and nothing else."""
    return _register(place, _script(facts))


def _register(place: str, script: str) -> bytes:
    """The same of facts that are JavaScript already."""
    return f"synact.register({_script(place)}, {script});\n".encode()


def _script(facts: object) -> str:
    """Facts as JavaScript: ASCII, and with no character that ends a script or begins markup."""
    return _escaped(
        json.dumps(shown.seen(facts), separators=(",", ":"), sort_keys=True, allow_nan=False)
    )


def _escaped(text: str) -> str:
    """JSON that ends no script and begins no markup."""
    for each in "<>&":
        text = text.replace(each, f"\\u{ord(each):04x}")
    return text
