"""Takes the documentation's screenshots from the real dashboard and the service's page, after a training run.

Needs Chromium and its driver (Debian: `apt-get install chromium chromium-driver`). Run by `make pictures`.
"""

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

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import visibility_of_element_located
from selenium.webdriver.support.ui import WebDriverWait

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from zenml.client import Client
from zenml.models import PipelineRunResponse

from stacks.versions import run_artifacts

PICTURES = Path(__file__).with_name("pictures")
IN_DASHBOARD = ("evaluation", "embedding_map")
PAGES = {"evaluation": "scorecard", "embedding_map": "map", "decision": "decision", "contract_report": "contract"}
"""Reports that are photographed whole, by artifact."""
WIDTH, TALLEST = 1160, 2600
PORTRAIT, LANDSCAPE = (2000, 1500), (1700, 1000)
PAGE_WIDTHS = {"page": 1280, "page-phone": 360}
"""Widths in which the service's page is photographed."""
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
)


def main() -> None:
    """Photograph the newest runs and some artifacts in the dashboard, then the page of the service."""
    PICTURES.mkdir(exist_ok=True)
    with _browser() as browser:
        with _running("dashboard", "/health") as dashboard:
            training, deployment = (_newest_run(name) for name in ("training", "deployment"))
            _photograph_run(browser, _address(dashboard, training))
            _photograph_graph(browser, _address(dashboard, deployment), "promote", "deployment")
        _photograph_pages(browser, training)
        with _running("serve", "/ready") as service:
            _photograph_service(browser, service)


@contextmanager
def _running(command: str, probe: str) -> Iterator[str]:
    """Run a server of `run.py` and yield its address once it answers."""
    port = _free_port()
    whole = [sys.executable, "-u", "run.py", command, "--port", str(port)]
    with subprocess.Popen(whole, cwd=PROJECT, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}{probe}")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def _newest_run(pipeline: str) -> PipelineRunResponse:
    runs = Client().list_pipeline_runs(pipeline=pipeline, sort_by="desc:created", size=1).items
    return runs[0] if runs else sys.exit(f"There is no run; start with `python run.py --pipeline {pipeline}`.")


def _address(dashboard: str, run: PipelineRunResponse) -> str:
    return f"{dashboard}projects/{run.project.name}/runs/{run.id}"


@contextmanager
def _browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    driver = webdriver.ChromeService(executable_path=shutil.which("chromedriver") or sys.exit("Install chromedriver."))
    browser = webdriver.Chrome(options=options, service=driver)
    try:
        yield browser
    finally:
        browser.quit()


def _photograph_graph(browser: webdriver.Chrome, address: str, last_step: str, name: str) -> None:
    browser.set_window_size(*PORTRAIT)
    browser.get(address)
    _node(browser, last_step)
    _shoot(browser, name)
    _keep_left_half(name)


def _photograph_run(browser: webdriver.Chrome, address: str) -> None:
    _photograph_graph(browser, address, "register", "run")
    browser.set_window_size(*LANDSCAPE)
    for artifact in IN_DASHBOARD:
        browser.get(address)
        browser.execute_script("arguments[0].click()", _node(browser, artifact))
        _click(browser, "Visualization")
        _click(browser, "Load Preview")
        time.sleep(4)  # the frame's content cannot be waited for from outside
        _shoot(browser, f"dashboard_{artifact}")


def _photograph_service(browser: webdriver.Chrome, address: str) -> None:
    """Fill in the example, accept a tag and add one; nothing is submitted, so nothing is recorded."""
    for name, width in PAGE_WIDTHS.items():
        _resize(browser, width, 900)
        browser.get(address)
        browser.find_element(By.ID, "example").click()
        _wait_until_seen(browser, "#suggested button").click()
        browser.find_element(By.ID, "tag").send_keys("git-reset ")
        _wait_until_seen(browser, "#chosen .new:not([hidden])")
        browser.execute_script("document.activeElement.blur()")
        _resize(browser, width, browser.execute_script("return document.documentElement.scrollHeight"))
        _save(browser, name)


def _wait_until_seen(browser: webdriver.Chrome, selector: str) -> WebElement:
    seen = visibility_of_element_located((By.CSS_SELECTOR, selector))
    return WebDriverWait(browser, WAIT).until(seen)


def _resize(browser: webdriver.Chrome, width: int, height: int) -> None:
    """Give the page itself this size; a window cannot be as narrow as a phone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def _photograph_pages(browser: webdriver.Chrome, run: PipelineRunResponse) -> None:
    for artifact in run_artifacts(run.id):
        if artifact.name in PAGES and artifact.visualizations:
            browser.set_window_size(WIDTH, 900)
            browser.get(Path(artifact.visualizations[0].uri).as_uri())
            height = browser.execute_script("return document.documentElement.scrollHeight")
            browser.set_window_size(WIDTH, min(height, TALLEST) + 140)  # the browser's own frame
            _save(browser, PAGES[artifact.name])


def _keep_left_half(name: str) -> None:
    """Keep the graph and leave the table of the run's particulars out."""
    with Image.open(PICTURES / f"{name}.png") as picture:
        half = picture.crop((0, 0, picture.width // 2, picture.height))
    half.save(PICTURES / f"{name}.png")


def _save(browser: webdriver.Chrome, name: str) -> None:
    browser.save_screenshot(str(PICTURES / f"{name}.png"))
    print(PICTURES / f"{name}.png")


def _node(browser: webdriver.Chrome, name: str) -> WebElement:
    nodes = f"//*[contains(@class, 'react-flow__node')]//*[normalize-space(text()) = '{name}']"
    return WebDriverWait(browser, WAIT).until(lambda page: page.find_element(By.XPATH, nodes))


def _click(browser: webdriver.Chrome, label: str) -> None:
    found = f"//button[normalize-space(.) = '{label}'] | //*[@role = 'tab'][normalize-space(.) = '{label}']"
    buttons = WebDriverWait(browser, WAIT).until(lambda page: page.find_elements(By.XPATH, found))
    buttons[-1].click()


def _shoot(browser: webdriver.Chrome, name: str) -> None:
    WebDriverWait(browser, WAIT).until(lambda page: page.find_elements(By.CLASS_NAME, "react-flow__node"))
    time.sleep(2)  # for the animation of the graph
    _save(browser, name)


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


if __name__ == "__main__":
    main()
