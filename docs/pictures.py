"""Takes the documentation's screenshots from the real dashboard and the service's page, after a training run.

Needs Chromium and its driver (Debian: `apt-get install chromium chromium-driver`). Run by `make pictures`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from camera import PICTURES, WAIT, click, find_node, open_browser, resize, running, save, wait_until_seen
from zenml.client import Client
from zenml.models import PipelineRunResponse

from stacks.versions import run_artifacts

IN_DASHBOARD = ("evaluation", "embedding_map")
PAGES = {"evaluation": "scorecard", "embedding_map": "map", "decision": "decision", "contract_report": "contract"}
"""Reports that are photographed whole, by artifact."""
WIDTH, TALLEST = 1160, 2600
PORTRAIT, LANDSCAPE = (2000, 1500), (1700, 1000)
PAGE_WIDTHS = {"page": 1280, "page-phone": 360}
"""Widths in which the service's page is photographed."""


def main() -> None:
    """Photograph the newest runs and some artifacts in the dashboard, then the page of the service."""
    PICTURES.mkdir(exist_ok=True)
    with open_browser() as browser:
        with running("dashboard", "/health") as dashboard:
            training, deployment = (_newest_run(name) for name in ("training", "deployment"))
            _photograph_run(browser, _address(dashboard, training))
            _photograph_graph(browser, _address(dashboard, deployment), "judge", "deployment")
        _photograph_pages(browser, training)
        with running("serve", "/ready") as service:
            _photograph_service(browser, service)


def _newest_run(pipeline: str) -> PipelineRunResponse:
    runs = Client().list_pipeline_runs(pipeline=pipeline, sort_by="desc:created", size=1).items
    return runs[0] if runs else sys.exit(f"There is no run; start with `python run.py --pipeline {pipeline}`.")


def _address(dashboard: str, run: PipelineRunResponse) -> str:
    return f"{dashboard}projects/{run.project.name}/runs/{run.id}"


def _photograph_graph(browser: webdriver.Chrome, address: str, last_step: str, name: str) -> None:
    browser.set_window_size(*PORTRAIT)
    browser.get(address)
    find_node(browser, last_step)
    _shoot(browser, name)
    _keep_left_half(name)


def _photograph_run(browser: webdriver.Chrome, address: str) -> None:
    _photograph_graph(browser, address, "register", "run")
    browser.set_window_size(*LANDSCAPE)
    for artifact in IN_DASHBOARD:
        browser.get(address)
        browser.execute_script("arguments[0].click()", find_node(browser, artifact))
        click(browser, "Visualization")
        click(browser, "Load Preview")
        time.sleep(4)  # the frame's content cannot be waited for from outside
        _shoot(browser, f"dashboard_{artifact}")


def _photograph_service(browser: webdriver.Chrome, address: str) -> None:
    """Fill in the example, accept a tag and add one; nothing is submitted, so nothing is recorded."""
    for name, width in PAGE_WIDTHS.items():
        resize(browser, width, 900)
        browser.get(address)
        browser.find_element(By.ID, "example").click()
        wait_until_seen(browser, "#suggested button").click()
        browser.find_element(By.ID, "tag").send_keys("git-reset ")
        wait_until_seen(browser, "#chosen .new:not([hidden])")
        browser.execute_script("document.activeElement.blur()")
        resize(browser, width, browser.execute_script("return document.documentElement.scrollHeight"))
        save(browser, name)


def _photograph_pages(browser: webdriver.Chrome, run: PipelineRunResponse) -> None:
    for artifact in run_artifacts(run.id):
        if artifact.name in PAGES and artifact.visualizations:
            browser.set_window_size(WIDTH, 900)
            browser.get(Path(artifact.visualizations[0].uri).as_uri())
            height = browser.execute_script("return document.documentElement.scrollHeight")
            browser.set_window_size(WIDTH, min(height, TALLEST) + 140)  # the browser's own frame
            save(browser, PAGES[artifact.name])


def _keep_left_half(name: str) -> None:
    """Keep the graph and leave the table of the run's particulars out."""
    with Image.open(PICTURES / f"{name}.png") as picture:
        half = picture.crop((0, 0, picture.width // 2, picture.height))
    half.save(PICTURES / f"{name}.png")


def _shoot(browser: webdriver.Chrome, name: str) -> None:
    WebDriverWait(browser, WAIT).until(lambda page: page.find_elements(By.CLASS_NAME, "react-flow__node"))
    time.sleep(2)  # for the animation of the graph
    save(browser, name)


if __name__ == "__main__":
    main()
