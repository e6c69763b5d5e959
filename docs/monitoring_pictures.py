"""Takes the screenshots of docs/monitoring.md: a drift report, its mail, Evidently's dashboard, a backtest.

They are of the drift run that found the most, on stack `local`, whose alerter writes mail into a folder; the backtest
is that of `benchmarks/backtest.py`. Run by `make pictures`.
"""

from __future__ import annotations

import base64
import email
import email.policy
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path
from typing import cast

from selenium import webdriver
from selenium.webdriver.common.by import By

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from camera import PROJECT, open_browser, resize, running, save
from zenml.client import Client

from tagstack import paths
from tagstack.drift.report import DriftReport
from tagstack.report.drift_page import render_drift

WIDTH, MAIL_WIDTH, TALLEST = 1160, 700, 2600
CHART_HEIGHT = 1235
"""Of a backtest's page: the chart and what each policy would have done, without its looks one by one."""
DASHBOARD_WIDTH, DASHBOARD_SECONDS = 1300, 15


def main() -> None:
    """Photograph the report, the mail, the dashboard and a backtest."""
    report = _most_telling()
    with open_browser() as browser, tempfile.TemporaryDirectory() as folder:
        _photograph(browser, render_drift(report), Path(folder), "drift", WIDTH)
        _photograph(browser, _html(_newest_alert()), Path(folder), "mail", MAIL_WIDTH)
        with running("monitor", "/") as dashboard:
            _photograph_dashboard(browser, dashboard, report.model_name)
        _photograph(browser, _backtest(Path(folder) / "backtest.html"), Path(folder), "backtest", WIDTH, CHART_HEIGHT)


def _backtest(page: Path) -> str:
    script = PROJECT / "benchmarks" / "backtest.py"
    subprocess.run([sys.executable, script, "--dry-run", "--page", page], check=True, stdout=subprocess.DEVNULL)
    return page.read_text(encoding="utf-8")


def _most_telling() -> DriftReport:
    runs = Client().list_pipeline_runs(pipeline="drift", status="completed", size=50).items
    steps = (Client().get_pipeline_run(run.id).steps["examine"] for run in runs)
    reports = [cast("DriftReport", step.regular_outputs["drift_report"].load()) for step in steps]
    if not reports:
        sys.exit("There is no run; start with `python run.py --pipeline drift`.")
    return max(reports, key=lambda report: (len(report.diagnosis.kinds), report.as_of))


def _newest_alert() -> EmailMessage:
    files = sorted((paths.data() / "outbox").glob("*.eml"), reverse=True)
    mails = (email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files)
    found = next((mail for mail in mails if "drift" in mail["Subject"] and "Over:" not in mail["Subject"]), None)
    return cast("EmailMessage", found) if found else sys.exit("There is no mail; run the drift pipeline.")


def _html(mail: EmailMessage) -> str:
    """Return the HTML of a mail with its pictures inside, as a mail client shows it."""
    body = mail.get_body(("html",))
    assert body is not None
    html = str(cast("EmailMessage", body).get_content())
    for part in mail.walk():
        if part.get_content_maintype() == "image":
            data = base64.b64encode(cast("bytes", part.get_payload(decode=True))).decode()
            html = html.replace(f"cid:{part['Content-ID'].strip('<>')}", f"data:image/png;base64,{data}")
    return html


def _photograph(
    browser: webdriver.Chrome, html: str, folder: Path, name: str, width: int, tallest: int = TALLEST
) -> None:
    page = folder / f"{name}.html"
    page.write_text(html, encoding="utf-8")
    resize(browser, width, 900)
    browser.get(page.as_uri())
    resize(browser, width, min(tallest, browser.execute_script("return document.documentElement.scrollHeight")))
    save(browser, name)


def _photograph_dashboard(browser: webdriver.Chrome, address: str, model_name: str) -> None:
    resize(browser, DASHBOARD_WIDTH, TALLEST)
    browser.get(address)
    time.sleep(DASHBOARD_SECONDS)  # what it draws cannot be waited for from outside
    browser.find_element(By.LINK_TEXT, model_name).click()
    time.sleep(DASHBOARD_SECONDS)
    save(browser, "evidently")


if __name__ == "__main__":
    main()
