"""The page as a reader sees it: in a frame without scripts, wide and narrow, and on paper."""

import html
import shutil
from pathlib import Path

import pytest

from tagstack.report.drift_page import render_drift

FLAGS = ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOW_CONTRAST = (Path(__file__).parents[2] / "slices/page/low_contrast.js").read_text()
NAMES = ("everything", "too little", "long tags", "hostile")
CUT_OFF = """
return [...document.querySelectorAll(".mark, td > svg, dd.value, th, small")].filter((part) => {
  const cell = part.closest("td, th, .fact"), inside = part.getBoundingClientRect();
  const clipped = part.matches("dd") && part.scrollWidth > part.clientWidth + 1;
  return clipped || inside.right > cell.getBoundingClientRect().right + 1;
}).map((part) => part.outerHTML.slice(0, 90));
"""


@pytest.fixture(scope="module")
def chromium():
    from selenium import webdriver

    driver = shutil.which("chromedriver")
    if driver is None or not any(map(shutil.which, BROWSERS)):
        pytest.skip("no Chromium with its driver on this machine (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def show(chromium, drift_reports, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")

    def at(name, width):
        """Open a page as ZenML's dashboard does: in a frame that runs nothing; return to look into the frame."""
        source = html.escape(render_drift(drift_reports[name]))
        style = f"width:{width}px;height:900px;border:0"
        file = folder / "page.html"
        frame = f'<iframe sandbox="allow-same-origin" style="{style}" srcdoc="{source}"></iframe>'
        file.write_text(f"<!DOCTYPE html><meta charset=utf-8><body style=margin:0>{frame}", encoding="utf-8")
        chromium.set_window_size(1400, 1000)
        chromium.get(file.as_uri())
        chromium.switch_to.frame(0)
        return chromium.execute_script

    return at


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_frame_or_cut_off_in_its_cell(show, name, width):
    script = show(name, width)
    assert script("return document.documentElement.scrollWidth <= innerWidth")
    assert script(CUT_OFF) == []


def test_wide_tables_of_tests_need_no_scrolling_where_there_is_room(show):
    script = show("everything", 1280)
    assert script("return [...document.querySelectorAll('.whole')].every((box) => box.scrollWidth <= box.clientWidth)")


def test_narrow_frames_show_test_verdict_and_picture_without_scrolling(show):
    script = show("everything", 400)
    right = "document.querySelector('.tests td > svg').getBoundingClientRect().right"
    assert script(f"return {right} <= document.querySelector('.whole').getBoundingClientRect().right")


@pytest.mark.parametrize("name", ["everything", "too little"])
def test_words_have_enough_contrast(show, name):
    assert show(name, 1280)(LOW_CONTRAST) == []


def test_the_frame_asks_nothing_of_the_network(show):
    assert show("hostile", 1280)("return performance.getEntriesByType('resource').map((entry) => entry.name)") == []


def test_paper_shows_every_column(show, chromium):
    script = show("everything", 718)
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        right = (
            "Math.max(...[...document.querySelectorAll('table')].map((table) => table.getBoundingClientRect().right))"
        )
        assert script(f"return {right} <= innerWidth")
    finally:
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
