"""The browser that takes the documentation's screenshots, and the servers that it looks at."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import visibility_of_element_located
from selenium.webdriver.support.ui import WebDriverWait

PROJECT = Path(__file__).resolve().parent.parent
PICTURES = Path(__file__).with_name("pictures")
WAIT = 60
FLAGS = (
    "headless",
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "force-device-scale-factor=1",
    "hide-scrollbars",
)


@contextmanager
def running(command: str, probe: str) -> Iterator[str]:
    """Run a server of `run.py` and yield its address once it answers."""
    port = _free_port()
    whole = [sys.executable, "-u", "run.py", command, "--port", str(port)]
    with subprocess.Popen(whole, cwd=PROJECT, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}{probe}")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


@contextmanager
def open_browser() -> Iterator[webdriver.Chrome]:
    """Open Chromium without a window."""
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    driver = webdriver.ChromeService(executable_path=shutil.which("chromedriver") or sys.exit("Install chromedriver."))
    browser = webdriver.Chrome(options=options, service=driver)
    try:
        yield browser
    finally:
        browser.quit()


def wait_until_seen(browser: webdriver.Chrome, selector: str) -> WebElement:
    """Return the first element of a CSS selector once it can be seen."""
    seen = visibility_of_element_located((By.CSS_SELECTOR, selector))
    return WebDriverWait(browser, WAIT).until(seen)


def resize(browser: webdriver.Chrome, width: int, height: int) -> None:
    """Give the page itself this size; a window cannot be as narrow as a phone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def save(browser: webdriver.Chrome, name: str) -> None:
    """Write what the page shows to docs/pictures."""
    browser.save_screenshot(str(PICTURES / f"{name}.png"))
    print(PICTURES / f"{name}.png")


def find_node(browser: webdriver.Chrome, name: str) -> WebElement:
    """Return a node of the dashboard's graph."""
    nodes = f"//*[contains(@class, 'react-flow__node')]//*[normalize-space(text()) = '{name}']"
    return WebDriverWait(browser, WAIT).until(lambda page: page.find_element(By.XPATH, nodes))


def click(browser: webdriver.Chrome, label: str) -> None:
    """Click the last button or tab of this label."""
    found = f"//button[normalize-space(.) = '{label}'] | //*[@role = 'tab'][normalize-space(.) = '{label}']"
    buttons = WebDriverWait(browser, WAIT).until(lambda page: page.find_elements(By.XPATH, found))
    buttons[-1].click()


def _wait_for(address: str) -> None:
    for _ in range(WAIT):
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(1)
        else:
            return
    sys.exit(f"Nothing answered at {address}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
