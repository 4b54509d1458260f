"""A real browser without a window, and what it says of a page: its errors, requests and flaws."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def missing() -> str:
    """Why there is no browser to test with; empty where there is one."""
    if _browser() is None:
        return f"no Chromium is installed ({', '.join(BROWSERS)}): make browser"
    return "" if shutil.which("chromedriver") else "no chromedriver is installed: make browser"


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Browser:
    """Headless Chromium on the files of a site.

    Args:
        driver: of the browser.
        folder: of the site.
        axe: source of axe-core.
    """

    def __init__(self, driver: webdriver.Chrome, folder: Path, axe: str) -> None:
        self.driver = driver
        self.folder = folder
        self.axe = axe

    def open(self, page: str) -> None:
        """Open a page of the site from the disk, afresh."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        self.driver.get(f"{self.folder.as_uri()}/{page}")

    def scheme(self, scheme: str) -> None:
        """Prefer ``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def width(self, pixels: int) -> None:
        """A screen of that width; 0 is the window's own."""
        facts = {"width": pixels, "height": 850 if pixels else 0, "deviceScaleFactor": 1}
        facts["mobile"] = bool(pixels)
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

    def messages(self) -> list[str]:
        """What the console says since the page was opened."""
        return [each["message"] for each in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def requests(self) -> list[str]:
        """Addresses that were asked for since the page was opened."""
        entries = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        events = [json.loads(each["message"])["message"] for each in entries]
        return [
            each["params"]["request"]["url"]
            for each in events
            if each["method"] == "Network.requestWillBeSent"
        ]

    def flaws(self) -> list[str]:
        """Serious and critical violations that axe-core finds in the page, with the elements."""
        self.run(self.axe)
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
def opened(folder: Path, axe: str) -> Iterator[Browser]:
    """A browser on a site; it is closed at the end."""
    options = Options()
    options.binary_location = _browser() or ""
    for each in (*ARGUMENTS, "window-size=1400,1000"):
        options.add_argument(f"--{each}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))
    try:
        yield Browser(driver, folder, axe)
    finally:
        driver.quit()
