"""The site in a real browser, from the disk: what a reader does, and what must not happen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from selenium.webdriver.support.ui import WebDriverWait

from synact_bench.assets import npm_packages
from synact_bench.core.errors import AssetError
from synact_bench.core.printable import printable
from synact_bench.reports import reconstructions
from synact_bench.site import reconstructions as single_page
from synact_bench.site import render
from tests import screenshots
from tests.helpers import browser as browsers
from tests.helpers.browser import Browser
from tests.helpers.reconstruction_cells import reconstruction
from tests.helpers.sites import HOSTILE, LONG, MARKUP, TURNED, toy

PHONE = 390
"""Width of a common phone's screen, pixels."""
LOCAL = ("file:", "data:", "about:")
"""How addresses begin that ask nothing of a network."""
RECONSTRUCTIONS = "reconstructions"
"""Folder of the page of a run of that track, within that of the toy site."""
NEAR = "data/rows/deep-24/near.js"
"""Curves of a row on the testbed that its page shows first."""
ROWS = """
    return [...document.querySelectorAll("section.suite:first-of-type tbody tr")]
        .filter((row) => !row.hidden).map((row) => row.dataset.name);"""
DRAWN = """
    const inked = (canvas) => canvas.width > 0 && canvas.getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height).data.some((each) => each !== 0);
    return [...document.querySelectorAll(arguments[0] + " canvas")].filter(inked).length;"""


def fetched(package: npm_packages.NpmPackage, *members: str) -> dict[str, bytes]:
    """Files of a pinned package, without which there is nothing to test."""
    try:
        return npm_packages.files(package, members)
    except AssetError as error:
        browsers.lacking(str(error))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy site on the disk."""
    if browsers.missing():
        browsers.lacking(browsers.missing())
    home = tmp_path_factory.mktemp("site")
    files = render.contents(toy(), fetched(render.PACKAGE, *render.PLOTTING))
    given = [cell for name in ("mild", MARKUP) for cell in reconstruction(name)]
    board = reconstructions.build(given, replicates=50)
    alone = single_page.contents(board, given)
    files |= {f"{RECONSTRUCTIONS}/{name}": content for name, content in alone.items()}
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


@pytest.fixture(scope="module")
def axe() -> str:
    """Source of axe-core."""
    return fetched(browsers.AXE, browsers.AXE_FILE)[browsers.AXE_FILE].decode()


@pytest.fixture(scope="module")
def _browser(folder: Path) -> Iterator[Browser]:
    with browsers.opened(folder) as found:
        yield found


@pytest.fixture
def browser(_browser: Browser) -> Iterator[Browser]:
    """A browser of which no page said anything on the console or asked anything of a network."""
    _browser.forget()
    _browser.scheme("light")
    yield _browser
    _browser.listen()
    assert _browser.heard == []
    assert _browser.asked
    assert [each for each in _browser.asked if not each.startswith(LOCAL)] == []


@pytest.mark.parametrize(
    ("asked", "outcome"), [("", pytest.skip.Exception), ("required", pytest.fail.Exception)]
)
def test_what_is_lacking_fails_only_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch, asked: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv(browsers.REQUIRED, asked)
    with pytest.raises(outcome, match="no browser"):
        browsers.lacking("no browser")


@contextmanager
def altered(path: Path, pattern: bytes, other: bytes) -> Iterator[None]:
    """A file in which a pattern is something else for a while."""
    content = path.read_bytes()
    changed = re.sub(pattern, other, content, flags=re.DOTALL)
    assert changed != content
    path.write_bytes(changed)
    try:
        yield
    finally:
        path.write_bytes(content)


def page_of(name: str) -> str:
    return next(each.page.href for each in toy().generators if each.page.text == name)


def test_rows_are_sorted_by_a_header_and_back(browser: Browser) -> None:
    browser.open("index.html")
    before = browser.run(ROWS)
    header = """return [...document.querySelectorAll("thead tr:last-child [data-column=shallow]")]
        .find((each) => each.textContent === "realism");"""
    values = """return [...document.querySelectorAll("section.suite:first-of-type tbody tr")]
        .map((row) => row.querySelector("td[data-column=shallow]").dataset.value);"""
    found = {}
    for order in ("descending", "ascending"):
        browser.run(header).find_element("css selector", "button").click()
        assert browser.run(header).get_attribute("aria-sort") == order
        found[order] = browser.run(values)
    known = [float(each) for each in found["ascending"] if each]
    assert known == sorted(known)
    assert [float(each) for each in found["descending"] if each] == known[::-1]
    assert found["ascending"][-1] == found["descending"][-1] == ""  # what has none stands last
    assert sorted(browser.run(ROWS)) == sorted(before)


def test_a_header_is_reached_and_chosen_by_keyboard(browser: Browser) -> None:
    browser.open("index.html")
    browser.run("""document.querySelector(".board thead button.sort").focus();""")
    browser.driver.switch_to.active_element.send_keys("\n")
    assert (
        browser.run("""return document.querySelector(".board thead th").ariaSort;""") == "ascending"
    )
    names = browser.run(ROWS)
    assert names.index("far") < names.index("mid") < names.index("near") < names.index("twin")


def test_rows_and_columns_are_filtered(browser: Browser) -> None:
    browser.open("index.html")
    form = "const form = document.querySelector('form.filters');"
    fire = "form.dispatchEvent(new Event('input'));"
    assert "gaussian" in browser.run(ROWS)
    browser.run(f"{form} form.elements.controls.checked = false; {fire}")
    assert "gaussian" not in browser.run(ROWS)
    browser.run(f"{form} form.elements.track.value = 'conditioned'; {fire}")
    assert browser.run(ROWS) == ["synthetic-structured"]
    browser.run(f"{form} form.reset(); form.elements.name.value = 'NEA'; {fire}")
    assert browser.run(ROWS) == ["near"]
    browser.run(f"{form} form.reset(); form.elements.testbed.value = 'deep-24'; {fire}")
    shown = """return [...document.querySelectorAll(".board thead th[scope=colgroup]")]
        .filter((each) => each.offsetParent).map((each) => each.dataset.column);"""
    assert browser.run(shown) == ["deep-24"]
    browser.run(f"{form} form.reset(); {fire}")
    assert browser.run(shown) == ["overall", "deep-24", "shallow", "deep-26"]


def test_a_flag_is_explained_on_focus_and_put_away_by_escape(browser: Browser) -> None:
    browser.open("index.html")
    visible = """const row = document.querySelector("tr[data-name=echo]");
        const words = row.querySelector("th [role=tooltip]");
        return getComputedStyle(words).visibility === "visible" && words.textContent;"""
    assert not browser.run(visible)
    browser.run("""document.querySelector("tr[data-name=echo] th .tip button").focus();""")
    assert "near-duplicate: 50 %" in browser.run(visible)
    browser.driver.switch_to.active_element.send_keys("\ue00c")
    assert not browser.run(visible)


def test_an_explanation_lies_above_all_else(browser: Browser) -> None:
    covered = """const words = document.querySelector("[role=tooltip].shown");
        const box = words.getBoundingClientRect();
        const shares = [0.05, 0.25, 0.5, 0.75, 0.95];
        return shares.flatMap((x) => shares.map((y) => document.elementFromPoint(
            box.left + x * box.width, box.top + y * box.height)))
            .filter((each) => !words.contains(each)).map((each) => each?.outerHTML ?? "none");"""
    for pixels in (0, PHONE):
        browser.width(pixels)
        browser.open("index.html")
        tips = browser.run("return document.querySelectorAll('.board .tip').length;")
        assert tips > 1
        for number in range(tips):
            browser.run(
                """const tip = document.querySelectorAll(".board .tip")[arguments[0]];
                tip.scrollIntoView({ block: "center", inline: "center" });
                tip.querySelector("button").focus();""",
                number,
            )
            assert browser.run(covered) == []
    browser.width(0)


def test_an_explanation_longer_than_the_window_is_all_within_reach(browser: Browser) -> None:
    browser.open("index.html")
    browser.run("""const tip = document.querySelector("tr[data-name=echo] th .tip");
        const words = tip.querySelector("[role=tooltip]");
        for (let line = 0; line < 200; line++) words.append(document.createElement("br"), "line");
        tip.scrollIntoView({ block: "center" });
        tip.querySelector("button").focus();""")
    box = """const words = document.querySelector("[role=tooltip].shown");
        const box = words.getBoundingClientRect();
        return [box.top, window.innerHeight - box.bottom, words.scrollHeight - words.clientHeight,
            words.scrollTop];"""
    above, below, hidden, _ = browser.run(box)
    assert min(above, below) >= 0
    assert hidden > 0
    browser.run("document.querySelector('[role=tooltip].shown').scrollTop = 10000;")
    assert browser.run(box)[3] == pytest.approx(hidden, abs=2)  # to its last line
    browser.run("window.dispatchEvent(new Event('scroll'));")
    assert browser.run(box)[3] == pytest.approx(hidden, abs=2)  # and stays there when it is placed


def test_rows_of_a_testbed_are_sorted_by_how_often_they_are_told(browser: Browser) -> None:
    browser.open(toy().testbeds[0].column.page.href)
    header = """return [...document.querySelectorAll("thead th")]
        .find((each) => each.textContent === "told, of 100");"""
    cells = """return [...document.querySelectorAll("table.sortable tbody tr")]
        .map((row) => [row.lastElementChild.dataset.value, row.lastElementChild.textContent]);"""
    browser.run(header).find_element("css selector", "button").click()
    found = [(float(value), words) for value, words in browser.run(cells) if value]
    assert len(found) > 2
    assert found == sorted(found, key=lambda each: -each[0])
    assert all(words == "" for value, words in browser.run(cells) if not value)
    assert all(abs(value - float(words.split()[0])) <= 0.5 for value, words in found)


def test_chosen_rows_are_compared(browser: Browser) -> None:
    browser.open("index.html")
    link = browser.driver.find_element("css selector", "[data-compare]")
    for name, enough in (("near", "true"), ("far", "false")):
        row = browser.driver.find_element("css selector", f"tr[data-name={name}] .choose input")
        browser.run("arguments[0].click();", row)
        assert link.get_attribute("aria-disabled") == enough
    browser.run("arguments[0].click();", link)
    browser.until("return document.querySelector('[data-scores] table');")
    heads = """return [...document.querySelectorAll("[data-scores] thead a")]
        .map((each) => each.textContent);"""
    assert browser.run(heads) == ["near", "far"]
    browser.until("return document.querySelector('[data-compared] canvas');")
    assert browser.until(DRAWN.replace("arguments[0]", "'[data-compared]'")) == 1
    label = browser.run("return document.querySelector('.chart').getAttribute('aria-label');")
    assert all(name in label for name in ("near", "far", "real", "gaussian"))
    browser.run("""const three = document.querySelectorAll("[data-choose] select")[2];
        three.value = [...three.options].find((each) => each.text === "mid").value;
        three.dispatchEvent(new Event("change"));""")
    assert browser.run(heads) == ["near", "far", "mid"]


def test_a_generator_is_opened_and_its_curves_are_drawn(browser: Browser) -> None:
    browser.open("index.html")
    browser.run("""document.querySelector("tr[data-name=near] th a").click();""")
    browser.until("return document.querySelector('h1').textContent === 'near';")
    assert browser.until(DRAWN.replace("arguments[0]", "'.curves'")) == 1
    browser.until("return document.querySelectorAll('details[open] .telling canvas').length > 1;")
    telling = browser.run("return document.querySelectorAll('.telling canvas').length;")
    assert browser.until(DRAWN.replace("arguments[0]", "'.telling'")) == telling
    before = browser.run("return document.querySelector('.chart').plot.data;")
    assert before[0][0] == 0
    assert before[0][-1] == 100
    browser.run("""const select = document.querySelectorAll(".choices select")[2];
        select.value = "kl"; select.dispatchEvent(new Event("change"));""")
    browser.until("return document.querySelector('.chart').ariaLabel.includes('kl, nats');")
    assert browser.run("return document.querySelector('.chart').plot.data;") != before


def test_what_was_chosen_stays_when_another_row_is_compared(browser: Browser) -> None:
    browser.open(f"compare.html#{page_of('near')},{page_of('far')},%E0%A4%A,{page_of('far')}")
    browser.until("return document.querySelector('[data-compared] canvas');")
    title = "shallow"
    browser.run(
        """const select = document.querySelector("[data-compared] select");
        select.value = [...select.options].find((each) => each.text === arguments[0]).value;
        select.dispatchEvent(new Event("change"));""",
        title,
    )
    label = "return document.querySelector('.chart')?.ariaLabel"
    browser.until(f"{label}.includes(' on {title}');")
    browser.run("""const three = document.querySelectorAll("[data-choose] select")[2];
        three.value = [...three.options].find((each) => each.text === "mid").value;
        three.dispatchEvent(new Event("change"));""")
    browser.until(f"{label}.includes('mid');")
    assert f" on {title}," in browser.run(label)
    assert browser.run("return document.querySelectorAll('.chart').length;") == 1


def test_charts_follow_the_scheme(browser: Browser) -> None:
    browser.open(page_of("near"))
    browser.until("return document.querySelectorAll('details[open] .telling canvas').length > 1;")
    looks = "return [...document.querySelectorAll('canvas')].map((each) => each.toDataURL());"
    browser.until(DRAWN.replace("arguments[0]", "'.curves'"))
    before = browser.run(looks)
    browser.scheme("dark")
    WebDriverWait(browser.driver, 20).until(
        lambda _: not {*before} & {*browser.run(looks)},
        "some chart has the ink of the other scheme",
    )


def test_what_cannot_be_loaded_is_said(browser: Browser, folder: Path) -> None:
    with altered(folder / NEAR, b".*", b""):
        browser.open(page_of("near"))
        for where in (".curves", "details[open] .telling"):
            words = f"return document.querySelector('{where} [role=status]')?.textContent;"
            assert browser.until(words) == f"{NEAR} cannot be loaded"


def test_how_much_of_curves_is_interpolated_is_said(browser: Browser, folder: Path) -> None:
    with altered(folder / NEAR, rb'"interpolated":0\.0', b'"interpolated":0.42'):
        browser.open(page_of("near"))
        said = browser.until("return document.querySelector('.curves [role=status]').textContent;")
        assert "near 24 (42 % of their points interpolated), real 24, gaussian 24" in said
        caption = "return document.querySelector('.telling figcaption')?.textContent;"
        assert browser.until(caption).endswith("; 42 % of their points interpolated")


def test_what_was_chosen_before_is_applied_when_a_page_is_gone_back_to(browser: Browser) -> None:
    browser.open("index.html")
    browser.run("""const form = document.querySelector("form.filters");
        form.elements.name.value = "near";
        window.dispatchEvent(new PageTransitionEvent("pageshow"));""")
    assert browser.run(ROWS) == ["near"]
    link = browser.driver.find_element("css selector", "[data-compare]")
    assert link.get_attribute("href") is None


def test_curves_are_loaded_on_demand(browser: Browser) -> None:
    browser.open("index.html")
    assert [each for each in browser.requests() if "/data/" in each] == []
    browser.open(page_of("near"))
    browser.until("return document.querySelector('.telling canvas');")
    loaded = {each.rpartition("/data/")[2] for each in browser.requests() if "/data/" in each}
    assert loaded == {f"rows/deep-24/{each}.js" for each in ("near", "real", "gaussian")}


def test_what_an_earlier_page_says_and_asks_for_is_noted(browser: Browser) -> None:
    browser.open("index.html")
    browser.run("console.error('said early');")
    browser.open("changes.html")
    browser.listen()
    assert [each for each in browser.heard if "said early" in each]
    assert [each for each in browser.asked if each.endswith("index.html")]
    browser.forget()
    browser.open("changes.html")


@pytest.mark.parametrize("name", HOSTILE, ids=["markup", "direction", "length"])
def test_what_authors_write_is_shown_and_does_nothing(browser: Browser, name: str) -> None:
    href = page_of(name)
    browser.width(PHONE)
    for page in ("index.html", href, f"compare.html#{href},{page_of('near')}", "changes.html"):
        browser.open(page)
        if page.startswith(("compare", "generators")):
            browser.until("return document.querySelector('.curves canvas');")
        assert browser.run("return typeof hacked;") == "undefined"
        assert (
            browser.run("return document.querySelectorAll('main img:not(.explained img)').length;")
            == 0
        )
        assert browser.run("return document.body.textContent;").count(printable(name)) > 0
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth;"), page
    browser.width(0)


def test_the_direction_of_a_name_stays_its_own(browser: Browser) -> None:
    browser.open("index.html")
    isolated = """return [...document.querySelectorAll("main *")].filter((each) =>
        !each.children.length && each.textContent.includes(arguments[0])
        && !["BDI", "OPTION"].includes(each.tagName) && !each.closest("bdi")).length;"""
    assert browser.run(isolated, printable(TURNED)) == 0
    assert browser.run("return document.querySelectorAll('main bdi').length;") > len(HOSTILE)
    assert MARKUP in browser.run("return document.body.textContent;")
    assert LONG in browser.run("return document.body.textContent;")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [0, PHONE], ids=["screen", "phone"])
def test_nobody_is_shut_out(browser: Browser, axe: str, scheme: str, width: int) -> None:
    browser.scheme(scheme)
    browser.width(width)
    pages = ["index.html", "compare.html", "changes.html", page_of("near"), page_of(MARKUP)]
    pages += [toy().testbeds[0].column.page.href, toy().saes[0].page.href]
    pages += [f"{RECONSTRUCTIONS}/index.html"]
    for page in pages:
        browser.open(page)
        if page.startswith(("compare", "generators")):
            browser.until("return document.querySelector('.curves canvas');")
            browser.run(
                "document.querySelectorAll('details').forEach((it) => { it.open = true; });"
            )
        ground = browser.run("return getComputedStyle(document.body).backgroundColor;")
        assert ground == ("rgb(20, 23, 26)" if scheme == "dark" else "rgb(255, 255, 255)")
        assert browser.flaws(axe) == [], page
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth;"), page
    browser.width(0)


def test_curves_of_reconstructions_lie_in_the_page(browser: Browser) -> None:
    browser.open(f"{RECONSTRUCTIONS}/index.html")
    lines = """return [...document.querySelectorAll(".curve path[class*='mean line-']")]
        .map((each) => [each.getTotalLength(), getComputedStyle(each).stroke]);"""
    found = browser.run(lines)
    assert len(found) == 2 * 2 * 4
    assert all(length > 100 for length, _ in found)
    assert len({colour for _, colour in found}) == 4
    assert browser.run("return typeof hacked;") == "undefined"


@pytest.mark.parametrize("view", screenshots.VIEWS, ids=lambda each: each.name)
def test_pictures_for_the_documentation_are_small(browser: Browser, view: screenshots.View) -> None:
    content = screenshots.picture(browser, view)
    browser.width(0)
    image = Image.open(io.BytesIO(content))
    assert image.size == view.size
    assert len(image.getcolors()) > 4  # something is drawn
    assert len(content) < screenshots.MOST


def test_a_flaw_would_be_found(browser: Browser, axe: str) -> None:
    browser.open("changes.html")
    browser.run("""document.querySelector("main").insertAdjacentHTML(
        "beforeend", "<button></button>");""")
    found = " ".join(browser.flaws(axe))
    assert "button-name" in found
