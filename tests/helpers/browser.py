"""A real browser without a window, and what it says of a page: its errors, requests and flaws."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from synact_bench.assets.npm_packages import NpmPackage

AXE = NpmPackage(
    name="axe-core",
    version="4.14.1",
    sha256="e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
    licence="MPL-2.0",
)
"""Looks for what shuts people out of a page."""
AXE_FILE = "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu")
PATIENCE = 60
"""Seconds that a page may take for something that it draws by script."""
SERIOUS = ("serious", "critical")
REQUIRED = "SYNACT_BROWSER"
"""Set to "required", nothing that a browser's test needs may be lacking."""


def lacking(reason: str) -> NoReturn:
    """Skip a test for want of something; fail it where nothing may be lacking."""
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{reason} ({REQUIRED}=required)", pytrace=False)
    pytest.skip(reason)


def missing() -> str:
    """Why there is no browser to test with; empty where there is one."""
    if _browser() is None:
        return f"no Chromium is installed ({', '.join(BROWSERS)}): make browser"
    return "" if shutil.which("chromedriver") else "no chromedriver is installed: make browser"


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Browser:
    """A driven Chromium on the pages of one folder.

    Attributes:
        driver: of it.
        folder: of the site.
        heard: what the console has said since ``forget``, on every page.
        asked: addresses that were asked for since then, likewise.
    """

    def __init__(self, driver: webdriver.Chrome, folder: Path) -> None:
        self.driver = driver
        self.folder = folder
        self.heard: list[str] = []
        self.asked: list[str] = []
        self._opened = 0

    def open(self, page: str) -> None:
        """Open a page of the site from the disk, afresh."""
        self.driver.get("about:blank")
        self.listen()
        self._opened = len(self.asked)
        self.driver.get(f"{self.folder.as_uri()}/{page}")

    def listen(self) -> None:
        """Take what the driver has noted, which it hands out once, into ``heard`` and ``asked``."""
        said = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        self.heard += [each["message"] for each in said]
        noted = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        events = [json.loads(each["message"])["message"] for each in noted]
        self.asked += [
            each["params"]["request"]["url"]
            for each in events
            if each["method"] == "Network.requestWillBeSent"
        ]

    def forget(self) -> None:
        """Begin ``heard`` and ``asked`` anew."""
        self.listen()
        self.heard, self.asked, self._opened = [], [], 0

    def scheme(self, scheme: str) -> None:
        """Prefer ``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def width(self, pixels: int) -> None:
        """A screen of that width; 0 is the window's own."""
        self.screen(pixels, 850 if pixels else 0)

    def screen(self, width: int, height: int) -> None:
        """A screen of that size, pixels; 0 is the window's own."""
        facts = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": bool(width)}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", facts)

    def run(self, script: str, *arguments: object) -> Any:
        """What a script gives that runs in the page."""
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str) -> Any:
        """The same once it is neither empty nor false.

        Raises:
            TimeoutException: it never is.
        """
        return WebDriverWait(self.driver, PATIENCE).until(lambda _: self.run(script))

    def requests(self) -> list[str]:
        """Addresses that were asked for since the page was opened."""
        self.listen()
        return self.asked[self._opened :]

    def flaws(self, axe: str) -> list[str]:
        """Serious and critical violations that axe-core finds in the page, with the elements.

        Args:
            axe: its source.
        """
        self.run(axe)
        found = self.driver.execute_async_script(
            "axe.run({preload: false}).then(arguments[arguments.length - 1]);"
        )
        assert found["passes"]
        return [
            f"{each['id']}: {node['html'][:200]}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]


@contextmanager
def opened(folder: Path) -> Iterator[Browser]:
    """A browser on a site; it is closed at the end."""
    options = Options()
    options.binary_location = _browser() or ""
    for each in (*ARGUMENTS, "window-size=1400,1000"):
        options.add_argument(f"--{each}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))
    try:
        yield Browser(driver, folder)
    finally:
        driver.quit()
