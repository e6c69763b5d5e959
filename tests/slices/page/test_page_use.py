"""Writing a question, taking its tags, and what of it is recorded."""

import json
import urllib.request

TAB, ENTER, ESCAPE, SPACE, BACKSPACE = "\ue004", "\ue007", "\ue00c", " ", "\ue003"
DOWN, UP = "\ue015", "\ue013"
UNLIKELY = """
const real = window.fetch;
window.fetch = async (path, options) => {
  const answer = await (await real(path, options)).json();
  for (const one of answer.suggestions ?? []) one.suggested = [];
  return new Response(JSON.stringify(answer));
};
"""


def vocabulary(site):
    with urllib.request.urlopen(f"{site.address}/tags") as answer:
        return [known["tag"] for known in json.load(answer)["tags"]]


def test_tags_appear_while_one_writes_with_scores_and_the_model_that_answered(page):
    assert page.texts(".scores .name") == []
    page.find("#title").send_keys("How do I sort a pandas DataFrame")
    first = page.wait(lambda: page.texts(".scores .name"))
    assert "pandas" in page.texts("#suggested .name")
    assert len(first) == len(set(first)) == len(page.texts(".scores .amount")) <= 10
    assert all(amount.endswith(" %") for amount in page.texts(".scores .amount"))
    assert page.texts("#origin")[0].startswith("Model version 1, ")
    page.find("#body").send_keys("in C++ with std::vector, segmentation fault, pointer")
    page.settle()
    assert page.texts(".scores .name") != first


def test_where_nothing_is_likely_it_says_so(page):
    page.script(UNLIKELY)
    page.ask()
    assert page.texts("#suggested .name") == []
    assert page.texts("#origin")[0].startswith("No tag is likely enough to be suggested. Model version 1, ")


def test_a_few_letters_are_no_question_yet(page):
    page.find("#title").send_keys("Short, no tags")
    page.settle()
    assert page.texts(".scores .name") == []
    page.find("#title").send_keys("!")
    page.wait(lambda: page.texts(".scores .name"))


def test_an_emptied_question_has_no_tags(page):
    page.ask("A question of pandas", "")
    page.write("#title", "")
    page.wait(lambda: not page.texts(".scores .name"))
    assert page.texts("#origin") == ["They appear while you write."]


def test_markdown_and_html_are_told_apart(page):
    page.ask("A question", "<p>pandas</p>")
    sent = "return performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/suggest')).length"
    before = page.script(sent)
    page.find("[value=html]").click()
    page.settle()
    assert page.script(sent) == before + 1


def test_what_is_written_but_not_submitted_leaves_no_trace(page, site):
    before = len(site.suggestions())
    page.ask()
    assert len(site.suggestions()) == before


def test_the_keyboard_alone_is_enough(page, site):
    page.tab_to("#title")
    page.press("Group rows of a pandas DataFrame", ENTER)
    assert page.focused("#body")
    page.press("I want a `sum` for each month.")
    page.settle()
    first, second, third = page.texts(".scores .name")[:3]
    other = next(tag for tag in reversed(vocabulary(site)) if tag not in page.texts(".scores .name"))

    page.tab_to(".scores button")
    page.press(SPACE)
    page.press(TAB, ENTER, TAB, ENTER, ENTER)  # the third is accepted and taken back
    assert page.chosen() == [first, second]
    assert page.texts(".scores [aria-pressed=true] .name") == [first, second]

    page.tab_to("#tag")
    page.press(other[:2])
    page.wait(lambda: other in page.texts("[role=option] .name"))
    for _ in page.texts("[role=option]"):
        page.press(DOWN)
        if page.texts("[aria-selected=true] .name") == [other]:
            break
    page.press(ENTER)
    page.press("my-own-tag", ENTER, third, ENTER)
    assert page.chosen() == [first, second, other, "my-own-tag", third]
    page.wait(lambda: page.texts("#chosen .new"))
    assert page.texts("#chosen li:has(.new:not([hidden])) .name") == ["my-own-tag"]

    page.press(BACKSPACE)
    page.find("#chosen li:nth-child(2) button").send_keys(ENTER)
    assert page.chosen() == [first, other, "my-own-tag"]
    assert page.focused(f"[aria-label='Remove {other}']")
    page.tab_to("#submit")
    page.press(ENTER)
    page.wait_for("#done-heading")
    assert page.focused("#done-heading")
    assert site.decisions()[-1] == ([first], [other, "my-own-tag"])
    assert page.texts("#done-kept, #done-added") == [first, f"{other}, my-own-tag"]


def test_another_question_starts_empty(page):
    tag, *_ = page.ask()
    page.add(tag)
    page.submit()
    page.wait_for("#done-heading")
    page.find("#again").click()
    page.settle()
    assert page.focused("#title")
    assert (page.attribute("#title", "value"), page.attribute("#body", "value")) == ("", "")
    assert page.chosen() + page.texts(".scores .name") == []
    assert page.texts("#count") == ["0 of 5"]
    assert page.texts("#example")


def test_the_example_gets_tags_and_gives_way_to_what_one_writes(page):
    page.find("#example").click()
    page.settle()
    assert page.texts(".scores .name")
    assert not page.texts("#example")


def test_a_decision_is_recorded_once_however_often_one_clicks(page, site):
    tag, *_ = page.ask()
    page.add(tag)
    before = len(site.suggestions()), len(site.decisions())
    page.script("for (let i = 0; i < 5; i++) document.getElementById('submit').click()")
    page.wait_for("#done-heading")
    assert (len(site.suggestions()), len(site.decisions())) == (before[0] + 1, before[1] + 1)


def test_a_question_has_five_tags_at_most(page):
    for tag in ("a-1", "a-2", "a-3", "a-4", "a-5", "a-6"):
        page.add(tag)
    assert page.chosen() == ["a-1", "a-2", "a-3", "a-4", "a-5"]
    assert page.texts("#count") == ["5 of 5"]
    assert page.texts("#tags-problem") == ["A question has five tags at most. Remove one to add another."]
    assert page.attribute("#tag", "value") == "a-6"
    page.find("#chosen button").click()
    assert page.texts("#tags-problem") == []


def test_tags_are_written_as_stack_overflow_writes_them(page):
    page.find("#tag").send_keys("PYTHON ASP.net-core,c++ ")
    assert page.chosen() == ["python", "asp.net-core", "c++"]
    page.add("python")
    assert page.texts("#tags-problem") == ["“python” is already there."]
    page.write("#tag", "<b>")
    page.press(ENTER)
    assert page.texts("#tags-problem") == ["A tag has no blanks and none of < > | , ; in it."]
    page.write("#tag", "a" * 36)
    page.press(ENTER)
    assert page.texts("#tags-problem") == ["A tag has 35 characters at most."]
    assert len(page.chosen()) == 3


def test_what_is_missing_is_said_where_it_is_missing(page, site):
    before = len(site.suggestions())
    page.submit()
    assert page.texts(".problem") == ["Write a title.", "Accept or add at least one tag."]
    assert page.focused("#title[aria-invalid=true][aria-describedby=title-problem]")
    page.find("#title").send_keys("pandas")
    page.submit()
    assert page.texts(".problem") == ["Accept or add at least one tag."]
    assert page.focused("#tag")
    page.find("#tag").send_keys("pyth")
    page.submit()
    assert page.texts(".problem") == ["This tag is not added yet: press Enter, or clear the field."]
    assert len(site.suggestions()) == before


def test_the_completions_follow_the_keys_of_a_combobox(page, site):
    tag = vocabulary(site)[0]
    field = page.find("#tag")
    assert page.attribute("#tag", "aria-expanded") == "false"
    field.send_keys(DOWN)
    page.wait(lambda: page.attribute("#tag", "aria-expanded") == "true")
    assert page.texts("[role=option] .name")[0] == tag
    field.send_keys(DOWN)
    assert page.texts(f"#{page.attribute('#tag', 'aria-activedescendant')} .name") == [tag]
    field.send_keys(UP)
    assert page.texts("[aria-selected=true] .name") == page.texts("[role=option]:last-child .name")
    field.send_keys(DOWN, ESCAPE)
    assert page.attribute("#tag", "aria-expanded") == "false"
    assert page.attribute("#tag", "aria-activedescendant") == ""
    field.send_keys("zz-unknown")
    page.wait(lambda: page.texts("[role=option] .soft") == ["new tag"])
    field.send_keys(ESCAPE, ESCAPE)
    assert page.attribute("#tag", "value") == ""
    assert page.chosen() == []


def test_a_completion_can_be_clicked(page, site):
    page.find("#tag").send_keys(DOWN)
    page.wait(lambda: page.texts("[role=option]"))
    page.find("[role=option]").click()
    assert page.chosen() == vocabulary(site)[:1]
    assert page.focused("#tag")
