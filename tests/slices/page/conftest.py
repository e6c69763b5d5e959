"""The real service with a trained model, and a real browser in front of it."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest

FLAGS = ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TITLE = "How do I group rows of a pandas DataFrame by month?"
BODY = "I have a `DataFrame` with a date column and want a sum for each month."
TAB, CONTROL, BACKSPACE = "\ue004", "\ue009", "\ue003"


@dataclass(frozen=True)
class Site:
    """A running service and its store."""

    address: str
    store: Any
    stop: Any

    def suggestions(self):
        from tagstack.store.feedback import read_feedback

        return read_feedback(self.store)

    def decisions(self):
        """What people decided, as (kept, added)."""
        decided = self.suggestions().dropna(subset="decided_at")
        return [(list(row.kept), list(row.added)) for row in decided.itertuples()]


@pytest.fixture(scope="session")
def start(first_run, tmp_path_factory):
    """Start a service: `start("service.requests_per_minute=3", keys=[KEY], model=False)`."""
    from stacks.versions import find_version, load_tag_model
    from tagstack.serving.served import make_served

    served = make_served(1, load_tag_model(find_version("tagstack", "1")))
    with contextlib.ExitStack() as stack:

        def run(*assignments, keys=(), model=True):
            folder = tmp_path_factory.mktemp("site")
            return stack.enter_context(_running(folder, assignments, keys, served if model else None))

        yield run


@contextlib.contextmanager
def _running(folder, assignments, keys, served):
    import uvicorn

    from tagstack.serving.access import Keys
    from tagstack.serving.app import create_app
    from tagstack.serving.engine import Engine
    from tagstack.serving.server import address_of, bind
    from tagstack.serving.service import Service
    from tagstack.settings_file import load_settings
    from tagstack.store.database import open_store
    from tagstack.store.recorder import Recorder

    settings = load_settings(assignments=assignments)
    store = open_store(f"sqlite:///{folder / 'store.db'}")
    engine = Engine(settings.service)
    if served:
        engine.serve(served)
    app = create_app(Service(settings, engine, store, Recorder(store), Keys.of(keys), loopback=True))
    taken = bind("127.0.0.1", 0)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)

    def stop():
        server.should_exit = True
        thread.join()

    yield Site(address_of(taken), store, stop)
    stop()


@pytest.fixture(scope="session")
def site(start):
    """The service that the tests share."""
    return start()


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium."""
    from selenium import webdriver

    driver = shutil.which("chromedriver")
    if driver is None or not any(map(shutil.which, BROWSERS)):
        pytest.skip("no Chromium with its driver on this machine (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    yield browser
    browser.quit()


class Page:
    """What a person does with the page, and what the person then sees."""

    def __init__(self, browser, address):
        self.browser = browser
        self.script = browser.execute_script
        self.look(1280)
        browser.get(address)
        self.script("sessionStorage.clear()")

    def look(self, width, scheme="light"):
        """Make the window so wide, in this colour scheme."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def find(self, selector):
        return self.browser.find_element("css selector", selector)

    def visible(self, selector, what="element"):
        """What is said in JavaScript about each visible `element`."""
        all_visible = "[...document.querySelectorAll(arguments[0])].filter((element) => element.checkVisibility())"
        return self.script(f"return {all_visible}.map((element) => {what})", selector)

    def texts(self, selector):
        """The texts of what is visible."""
        return [text for text in self.visible(selector, "element.textContent") if text]

    def attribute(self, selector, name):
        return self.find(selector).get_attribute(name)

    def wait(self, condition):
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.browser, 20, poll_frequency=0.02).until(lambda _: condition())

    def press(self, *keys):
        """Press keys, wherever the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def focused(self, selector):
        return self.script("return document.activeElement.matches(arguments[0])", selector)

    def tab_to(self, selector):
        """Press Tab until it has the focus."""
        for _ in range(40):
            if self.focused(selector):
                return
            self.press(TAB)
        raise AssertionError(selector)

    def settle(self):
        """Wait until the answer to what is written is shown, or its failure."""
        self.wait(lambda: self.attribute("#suggestions", "aria-busy") == "false")

    def write(self, selector, text):
        """Replace what is in a field, as a person does it."""
        self.find(selector).send_keys(CONTROL, "a", CONTROL, text or BACKSPACE)

    def ask(self, title=TITLE, body=BODY):
        """Write a question and wait for its tags."""
        self.find("#title").send_keys(title)
        self.find("#body").send_keys(body)
        self.settle()
        return self.texts(".scores .name")

    def add(self, tag):
        self.find("#tag").send_keys(f"{tag},")

    def chosen(self):
        return self.texts("#chosen .name")

    def submit(self):
        self.find("#submit").click()

    def wait_for(self, selector):
        """Wait for a visible text and return it."""
        return self.wait(lambda: self.texts(selector))[0]

    def log(self):
        """What the browser complained of since the last look."""
        return [entry["message"] for entry in self.browser.get_log("browser")]


@pytest.fixture
def open_page(chromium):
    """Open a service's page; the browser must have nothing to complain of that the test does not take from the log."""
    pages = []

    def run(site):
        pages.append(Page(chromium, site.address))
        return pages[-1]

    chromium.get_log("browser")
    yield run
    assert pages[-1].log() == []


@pytest.fixture
def page(open_page, site):
    """The page of the shared service."""
    return open_page(site)
