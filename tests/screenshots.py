"""Pictures of the site for its page of the documentation: ``make screenshots``.

The site is opened in headless Chromium as a reader would; each picture is a PNG of few colours.
Equal pages give equal pictures with the same browser and fonts, and nearly equal ones with others.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.helpers import browser as browsers
from tests.helpers.browser import Browser

COLOURS = 128
"""Of a picture: letters stay sharp, and the file is a fraction of the size."""
MOST = 100_000
"""Bytes of a picture: the most."""
LEADERS = """return [...document.querySelectorAll("table.leaders tbody tr:first-child td a")]
    .map((each) => each.getAttribute("href"));"""


def first(site: Browser) -> None:
    """The first page from its top."""
    site.open("index.html")


def rows(site: Browser) -> None:
    """Its table of all rows."""
    site.open("index.html")
    site.run("document.querySelector('#table').scrollIntoView();")


def generator(site: Browser) -> None:
    """Curves of the row that is first over all testbeds."""
    site.open(_leaders(site)[0])
    site.until("return document.querySelector('.curves canvas');")
    site.run("document.querySelector('#curves').scrollIntoView();")


def comparison(site: Browser) -> None:
    """The first and the next row beside each other."""
    site.open(f"compare.html#{','.join(_leaders(site)[:2])}")
    site.until("return document.querySelector('[data-compared] canvas');")


def _leaders(site: Browser) -> list[str]:
    site.open("index.html")
    found: list[str] = site.run(LEADERS)
    return found


@dataclass(frozen=True)
class View:
    """A picture: what is opened, in which scheme, and how large the window is, in pixels."""

    name: str
    opened: Callable[[Browser], None]
    scheme: str
    size: tuple[int, int]


VIEWS = (
    View("board", first, "light", (1200, 900)),
    View("board-phone", rows, "dark", (390, 780)),
    View("generator", generator, "light", (1000, 640)),
    View("comparison", comparison, "dark", (1000, 1010)),
)


def picture(site: Browser, view: View) -> bytes:
    """A view as PNG."""
    width, height = view.size
    site.screen(width, height)
    site.scheme(view.scheme)
    view.opened(site)
    site.run("return document.fonts.ready.then(() => true);")
    image = Image.open(io.BytesIO(site.driver.get_screenshot_as_png())).convert("RGB")
    made = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


def main() -> None:
    """Write the pictures of a site."""
    asked = argparse.ArgumentParser(description="Pictures of the site for the documentation.")
    asked.add_argument("site", type=Path, help="folder of the site, as `make site` writes it")
    asked.add_argument("--out", type=Path, required=True, help="folder to write them to")
    given = asked.parse_args()
    if lacking := browsers.missing():
        asked.error(lacking)
    if not (given.site / "compare.html").is_file():
        asked.error(f"{given.site}: no site lies there: make site")
    given.out.mkdir(parents=True, exist_ok=True)
    with browsers.opened(given.site.resolve()) as site:
        for view in VIEWS:
            content = picture(site, view)
            if len(content) > MOST:
                asked.error(f"{view.name}: {len(content):,} bytes are more than {MOST:,}")
            (given.out / f"{view.name}.png").write_bytes(content)
            sys.stdout.write(f"{given.out / view.name}.png: {len(content):,} bytes\n")


if __name__ == "__main__":
    main()
