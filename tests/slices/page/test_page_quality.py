"""The page for everyone, on every screen, and safe whatever a tag is called."""

from itertools import pairwise
from pathlib import Path

import pytest

TAB, DOWN = "\ue004", "\ue015"
HOSTILE = "<img src=x onerror=window.hurt=1>"
RENAME = """
const real = window.fetch;
window.fetch = async (path, options) => {
  const answer = await (await real(path, options)).json();
  for (const one of answer.suggestions ?? []) {
    one.top[0].tag = arguments[0];
    one.suggested = one.top.slice(0, 1);
  }
  if (answer.tags?.length) answer.tags[0].tag = arguments[0];
  return new Response(JSON.stringify(answer));
};
""".replace("arguments[0]", repr(HOSTILE))
LONG = "pneumonoultramicroscopicsilicovolca"
LOW_CONTRAST = Path(__file__).with_name("low_contrast.js").read_text()


def fill(page):
    """Bring everything to view that the form can show."""
    first, second, *_ = page.ask()
    for tag in (first, second, "a-new-tag", "zz", "zz"):
        page.add(tag)
    page.wait(lambda: page.texts("#chosen .new"))
    page.write("#tag", "p")
    page.wait(lambda: page.texts("[role=option]"))
    page.find("#tag").send_keys(DOWN)
    page.script("document.getElementById('key-field').hidden = false")
    problems = "document.querySelectorAll('[id$=-problem]')"
    page.script(f"for (const element of {problems}) [element.textContent, element.hidden] = ['A problem', false]")


def test_a_name_is_never_read_as_html(page):
    page.script(RENAME)
    page.ask(HOSTILE, HOSTILE)
    page.find(".scores button").click()
    page.find("#tag").send_keys(DOWN)
    page.wait(lambda: page.texts("[role=option]"))
    page.add("a-tag")
    page.submit()
    page.wait_for("#done-heading")
    assert page.texts("#done-title") == [HOSTILE]
    names = page.script("return [...document.querySelectorAll('.name')].map((e) => e.textContent)")
    assert names.count(HOSTILE) == 2
    assert page.script("return document.querySelectorAll('img').length") == 0
    assert page.script("return window.hurt") is None


def test_nothing_is_asked_of_another_host_and_nothing_breaks_the_policy(page, site):
    page.script("document.addEventListener('securitypolicyviolation', (e) => (window.broken = e.violatedDirective))")
    tag, *_ = page.ask()
    page.add(tag)
    page.submit()
    page.wait_for("#done-heading")
    asked = page.script("return performance.getEntries().map((e) => e.name).filter((name) => name.includes(':/'))")
    assert {address.split("?")[0].removeprefix(site.address) for address in asked} >= {"/", "/suggest", "/feedback"}
    assert [address for address in asked if not address.startswith(f"{site.address}/")] == []
    assert page.script("return window.broken") is None


def test_the_policy_forbids_inline_scripts_and_styles(page):
    log = "const e = document.createElement(arguments[0]); e.textContent = arguments[1]; document.head.append(e)"
    page.script(log, "script", "window.hurt = 1")
    page.script(log, "style", "body { display: none }")
    assert page.script("return window.hurt") is None
    assert page.texts("h1")
    assert all("Content Security Policy" in line for line in page.log())


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_has_to_be_scrolled_sideways(page, width):
    page.look(width)
    page.script(RENAME.replace(repr(HOSTILE), repr(f"{LONG[:-1]}2")))
    page.ask(LONG * 2, LONG * 4)
    for tag in (LONG, f"{LONG[:-1]}1", "c"):
        page.add(tag)
    page.find("#tag").send_keys("p")
    page.wait(lambda: page.texts("[role=option]"))
    too_wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.script(too_wide) == 0
    page.write("#tag", "")
    page.submit()
    page.wait_for("#done-heading")
    assert page.script(too_wide) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(page, scheme):
    page.look(1280, scheme)
    assert page.script(LOW_CONTRAST) == []
    fill(page)
    assert page.script(LOW_CONTRAST) == []
    page.script("document.getElementById('question').hidden = true; document.getElementById('done').hidden = false")
    assert page.script(LOW_CONTRAST) == []


def test_every_control_has_a_name_that_a_screen_reader_tells(page):
    fill(page)
    nodes = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    told = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    controls = {"button", "textbox", "radio", "combobox", "listbox", "option", "group", "list", "region", "heading"}
    assert [role for role, name in told if role in controls and not name.strip()] == []
    names = {name for _, name in told}
    assert {"Title", "Body", "Markdown", "HTML", "Add a tag", "API key", "Remove a-new-tag"} <= names
    assert {role for role, _ in told} >= controls | {"main", "status", "alert", "listitem"}
    buttons = [name for role, name in told if role == "button"]
    assert [name.rpartition(" ")[2] for name in buttons if name.startswith(f"{page.chosen()[0]} ")] == ["%"]


def test_the_document_is_well_formed(page):
    assert page.attribute("html", "lang") == "en"
    ids = page.script("return [...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids))
    levels = page.script("return [...document.querySelectorAll('h1, h2, h3')].map((element) => +element.tagName[1])")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for name in ("aria-describedby", "aria-labelledby", "aria-controls", "for"):
        named = page.script(f"return [...document.querySelectorAll('[{name}]')].map((e) => e.getAttribute('{name}'))")
        assert {part for value in named for part in value.split()} <= set(ids)


def test_tab_reaches_everything_and_shows_where_one_is(page):
    page.ask()
    page.add("a-tag")
    controls = "button, input:not([type=radio]), [type=radio]:checked, textarea"
    reachable = page.visible(controls)
    page.find("h1").click()
    seen = []
    for _ in reachable:
        page.press(TAB)
        seen.append(page.browser.switch_to.active_element)
        assert seen[-1].value_of_css_property("outline-style") != "none"
        assert float(seen[-1].value_of_css_property("outline-width").removesuffix("px")) >= 2
    assert set(seen) == set(reachable)


def test_a_screen_reader_is_not_interrupted_while_one_writes(page):
    page.script("""
        window.said = [];
        const watch = new MutationObserver(() => window.said.push(document.getElementById("status").textContent));
        watch.observe(document.getElementById("status"), {childList: true, characterData: true, subtree: true});
    """)
    for word in ("pandas DataFrame ", "group ", "rows ", "by month"):
        page.find("#title").send_keys(word)
        page.settle()
    assert page.script("return window.said") == []
    page.wait(lambda: page.script("return window.said.length"))
    [told] = page.script("return window.said")
    assert told == f"Suggested: {', '.join(page.texts('#suggested .name')[:5])}."


def test_focus_stays_where_it_is_when_the_tags_change(page):
    page.ask()
    page.script("document.querySelector('.scores button').focus()")
    button = page.browser.switch_to.active_element
    page.script("const t = document.getElementById('title'); t.value += ' pandas'; t.dispatchEvent(new Event('input'))")
    page.settle()
    assert page.browser.switch_to.active_element == button
    assert page.focused(".scores button")
