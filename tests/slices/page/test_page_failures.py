"""What a person reads when the service fails, and that nothing written is lost."""

import pytest

KEY = "a-key-of-the-tests-0123456789"
REST = " Nothing you wrote is lost."
HOLD_FIRST = """
const real = window.fetch;
let count = 0;
window.fetch = (path, options) => {
  if (path !== "suggest") return real(path, options);
  const answer = real(path, {...options, signal: undefined});
  return count++ ? answer : answer.then((first) => new Promise((go) => { window.release = () => go(first); }));
};
"""
LOSE_FIRST_FEEDBACK = """
const real = window.fetch;
let lost = false;
window.fetch = async (path, options) => {
  const answer = await real(path, options);
  if (path !== "feedback" || lost) return answer;
  lost = true;
  throw new TypeError("the connection broke before the answer came");
};
"""
FAIL = """
const real = window.fetch;
const broken = () => Promise.resolve(new Response("<h1>Bad gateway</h1>", {status: 502}));
window.fetch = (path, options) => (path === "suggest" ? broken() : real(path, options));
"""


def written(page):
    return page.attribute("#title", "value"), page.attribute("#body", "value"), page.chosen()


def take_log(page, status):
    """Take the browser's own complaint of an answer that the test has caused."""
    log = page.log()
    assert log
    assert all(f"the server responded with a status of {status}" in line for line in log), log


def test_an_older_answer_does_not_replace_a_newer_one(page):
    page.script(HOLD_FIRST)
    page.find("#title").send_keys("pandas DataFrame")
    page.wait(lambda: page.script("return Boolean(window.release)"))
    page.write("#title", "segmentation fault with a C++ pointer")
    page.settle()
    newer = page.texts(".scores .name, .scores .amount, #origin")
    page.script("window.release()")
    page.browser.execute_async_script("setTimeout(arguments[0], 50)")
    assert page.texts(".scores .name, .scores .amount, #origin") == newer


def test_feedback_whose_answer_was_lost_is_recorded_once(page, site):
    tag, *_ = page.ask()
    page.add(tag)
    before, count = written(page), len(site.decisions())
    page.script(LOSE_FIRST_FEEDBACK)
    page.submit()
    assert page.wait_for("#submit-problem") == (
        "The service cannot be reached. Check your connection and try again." + REST
    )
    assert written(page) == before
    page.submit()
    page.wait_for("#done-heading")
    assert len(site.decisions()) == count + 1
    assert site.decisions()[-1] == ([tag], [])


def test_other_tags_for_a_recorded_question_are_recorded_anew(page, site):
    tag, *_ = page.ask()
    page.add(tag)
    page.script(LOSE_FIRST_FEEDBACK)
    page.submit()
    page.wait_for("#submit-problem")
    page.add("another")
    page.submit()
    page.wait(lambda: "already recorded with other tags" in "".join(page.texts("#submit-problem")))
    take_log(page, 409)
    page.submit()
    page.wait_for("#done-heading")
    assert site.decisions()[-1] == ([tag], ["another"])


def test_a_service_that_is_gone_is_said_and_nothing_is_lost(open_page, start):
    site = start()
    page = open_page(site)
    tag, *_ = page.ask()
    page.add(tag)
    before = written(page)
    site.stop()
    page.submit()
    assert page.wait_for("#submit-problem").startswith("The service cannot be reached.")
    assert written(page) == before
    assert all("ERR_CONNECTION_REFUSED" in line for line in page.log())


def test_a_key_is_asked_for_and_kept_in_this_tab_only(open_page, start):
    page = open_page(start(keys=[KEY]))
    page.find("#title").send_keys("A question of pandas")
    assert page.wait_for("#draft-problem").startswith("The service needs an API key.")
    page.find("#key").send_keys("wrong-key\n")
    assert page.wait_for("#draft-problem").startswith("The service needs an API key.")
    page.wait(lambda: page.texts("#key-field"))
    take_log(page, 401)
    page.find("#key").send_keys(KEY)
    page.find("#use-key").click()
    page.wait(lambda: page.texts(".scores .name"))
    assert page.texts("#draft-problem, #key-field") == []
    assert page.script("return sessionStorage.length + localStorage.length + document.cookie.length") == 1
    assert KEY not in page.script("return document.documentElement.outerHTML + location.href")


def test_too_many_requests_are_said(open_page, start):
    page = open_page(start("service.requests_per_minute=1"))
    page.ask()
    page.find("#title").send_keys(" and more")
    assert page.wait_for("#draft-problem") == "Too many requests in a short time. Wait a moment and try again."
    take_log(page, 429)


def test_a_service_without_a_model_is_said(open_page, start):
    page = open_page(start(model=False))
    page.find("#title").send_keys("A question of pandas")
    assert page.wait_for("#draft-problem") == "The service is busy or starting. Wait a moment and try again."
    take_log(page, 503)


@pytest.mark.parametrize(
    ("characters", "status", "words"),
    [
        (100_001, 422, "The service cannot take this question. It says: body: at most 100000 characters."),
        (1_100_000, 413, "The question is too long for the service. Shorten the body and try again."),
    ],
)
def test_a_body_that_is_too_long_is_said(page, characters, status, words):
    page.ask("A question of pandas", "")
    page.add("pandas")
    page.script("document.getElementById('body').value = 'x'.repeat(arguments[0])", characters)
    page.submit()
    assert page.wait_for("#submit-problem") == words + REST
    assert len(page.attribute("#body", "value")) == characters
    take_log(page, status)


def test_an_answer_of_something_else_on_the_way_is_said(page):
    page.script(FAIL)
    page.find("#title").send_keys("A question of pandas")
    assert page.wait_for("#draft-problem") == (
        "The service failed (502). Try again; if it stays so, tell whoever runs it."
    )
