"""Chromium for a test, without a window: shows pages, and tells what they asked for and complained about.

`scripts/chromium_for_tests.sh` unpacks Chromium and its driver into `.chromium`; without it, tests take installed ones,
or are skipped. The path of the driver is given, so that nothing is looked for elsewhere.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import chromium as programs
import psutil
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

WIDE, NARROW = 1280, 390
_WAIT_SECONDS = 10.0
# A sandbox wants rights that tests do not have everywhere; they show pages of their own only.
_OPTIONS = (
    *("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run"),
    *("disable-extensions", "disable-sync", "disable-background-networking", "disable-component-update"),
)
_LOGS = {"browser": "ALL", "performance": "ALL"}


def program(name: str) -> str:
    """Returns the path of `chromium` or `chromedriver`; skips the test if there is none, or fails if it is required."""
    if found := programs.find(name):
        return found
    missing = f"no {name}: {programs.why_missing()}"
    if os.environ.get("TOKSTATS_REQUIRE_CHROMIUM"):
        pytest.fail(missing)
    pytest.skip(missing)


@dataclass
class Browser:
    """Chromium with one tab.

    Attributes:
        driver: Driver of the browser.
        downloads: Folder of downloaded files.
    """

    driver: webdriver.Chrome
    downloads: Path

    def show(self, address: str, width: int = WIDE, *, is_dark: bool = False, scripts: bool = True) -> None:
        """Opens a page in a window of a width, with or without its scripts, as a reader who prefers dark or light."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        self.media("screen", is_dark=is_dark)
        self.cdp("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.driver.get(address)

    def media(self, kind: str, *, is_dark: bool = False) -> None:
        """Shows the page as on paper (`print`) or on a screen, to a reader who prefers dark or light."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]
        self.cdp("Emulation.setEmulatedMedia", media=kind, features=features)

    def cdp(self, command: str, **values: Any) -> dict[str, Any]:
        """Sends a command of the DevTools protocol."""
        return dict(self.driver.execute_cdp_cmd(command, values))

    def run(self, script: str, *values: Any) -> Any:
        """Runs the body of a function in the page, and returns what it returns."""
        return self.driver.execute_script(script, *values)

    def press(self, *keys: str) -> None:
        """Presses keys one after the other, as a keyboard does."""
        for key in keys:
            code = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40}[key]
            text = {"Enter": "\r", " ": " "}.get(key, "")
            values = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}
            self.cdp("Input.dispatchKeyEvent", type="rawKeyDown", **values)
            if text:
                self.cdp("Input.dispatchKeyEvent", type="char", text=text, **values)
            self.cdp("Input.dispatchKeyEvent", type="keyUp", **values)

    def write(self, text: str) -> None:
        """Writes a text where the focus is, as if it were pasted."""
        self.cdp("Input.insertText", text=text)

    def until(self, is_so: Callable[[], object], what: Callable[[], object]) -> None:
        """Waits until something is so."""
        end = time.monotonic() + _WAIT_SECONDS
        while not is_so():
            assert time.monotonic() < end, what()
            time.sleep(0.01)

    def downloaded(self, names: set[str]) -> dict[str, str]:
        """Waits for files of these names and no others; returns name -> text, and removes the files."""

        def missing() -> set[str]:
            return names ^ {path.name for path in self.downloads.iterdir()}

        try:
            self.until(lambda: not missing(), missing)
            return {path.name: path.read_text("utf-8") for path in self.downloads.iterdir()}
        finally:
            for path in self.downloads.iterdir():
                path.unlink()

    def complaints(self) -> list[str]:
        """Returns what the browser's console has had to say since it was last asked: errors, warnings, refusals."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def asked(self) -> list[str]:
        """Returns the addresses that were asked for since this was last asked, over the network or not."""
        entries = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        requests = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
        sockets = [one["params"]["url"] for one in messages if one["method"] == "Network.webSocketCreated"]
        return requests + sockets


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Starts Chromium, and ends it; skips the test if there is none.

    Args:
        folder: New folder for its files.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium")
    for name in (*_OPTIONS, f"user-data-dir={folder / 'profile'}"):
        options.add_argument(f"--{name}")
    options.add_experimental_option("prefs", {"profile.default_content_setting_values.automatic_downloads": 1})
    options.set_capability("goog:loggingPrefs", _LOGS)
    options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
    service = Service(program("chromedriver"), env=programs.environment())
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    with patch.dict(os.environ, SE_OFFLINE="true", SE_AVOID_STATS="true"):
        driver = webdriver.Chrome(options=options, service=service)
    children = psutil.Process(service.process.pid).children(recursive=True)
    try:
        driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
        yield Browser(driver, downloads)
    finally:
        driver.quit()
        _, alive = psutil.wait_procs(children, _WAIT_SECONDS)
        for process in alive:
            process.kill()
    assert not alive
