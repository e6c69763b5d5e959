"""Golden questions: what a deployed model must answer, and which differences count."""

from dataclasses import replace

import numpy as np
import pytest

from tagstack.golden import RANKED, answer, find_differences, golden_questions
from tagstack.model.card import GoldenCase
from tagstack.suggestion import Suggester, Suggestion

CASE = GoldenCase(
    title="t",
    body="b",
    suggested=("a", "b"),
    top=("a", "b", "c"),
    scores=(0.9, 0.5, 0.2),
    close=("c",),
)


def said(top="abc", scores=(0.9, 0.5, 0.2), suggested="ab"):
    return Suggestion(list(suggested), list(top), list(scores))


def differences(*args, **options):
    return find_differences([CASE], [said(*args, **options)])


def test_the_questions_are_always_the_same_and_reach_every_corner():
    questions = list(golden_questions())
    assert questions == list(golden_questions())
    assert 15 <= len(questions) <= 20
    titles, bodies = zip(*questions, strict=True)
    assert any(title and not body for title, body in questions)
    assert any(body and not title for title, body in questions)
    assert any(body.startswith("<pre>") and body.endswith("</pre>") for body in bodies)
    assert any(not title.isascii() for title in titles)
    assert any("&amp;" in title for title in titles)
    assert min(map(len, bodies)) == 0
    assert max(map(len, bodies)) > 40_000
    assert all(title or body for title, body in questions)


def test_a_model_answers_its_own_golden_questions_without_differences(make_model, make_encoder):
    suggester = Suggester(make_model(), make_encoder())
    questions = [("sql sql", "<p>python, or: sql python</p>"), ("", "<pre>java</pre>"), ("nothing", "")]
    cases = answer(suggester, questions)
    assert [(case.title, case.body) for case in cases] == questions
    assert cases[0].top == ("sql", "python", "java")
    assert cases[0].suggested == ("sql", "python")
    assert cases[0].close == ("python",)
    assert find_differences(cases, suggester.suggest(*zip(*questions, strict=True))) == []
    assert find_differences(cases, suggester.suggest(*zip(*questions, strict=True), top=2)) == [
        f"golden question {number}: 2 ranked tags instead of 3" for number in (1, 2, 3)
    ]


def test_another_model_or_another_text_recipe_is_noticed(make_model, make_encoder):
    suggester = Suggester(make_model(), make_encoder())
    cases = answer(suggester, [("sql sql", "<p>python</p>"), ("java", "")])
    other = replace(suggester, model=replace(suggester.model, thresholds=np.full(3, 0.95, np.float32)))
    assert find_differences(cases, other.suggest(["sql sql", "java"], ["<p>python</p>", ""])) == [
        "golden question 1: no longer equally suggested: sql"
    ]
    [first, *_] = find_differences(cases, suggester.suggest(["sql sql", "java"], ["<p>Python sql</p>", ""]))
    assert first == "golden question 1: sql 0.881 instead of sql 0.731"


def test_a_case_keeps_the_first_tags_only(make_model, make_encoder):
    words = tuple(f"w{number:02}" for number in range(RANKED + 5))
    [case] = answer(Suggester(make_model(words), make_encoder(words)), [("w03 w01", "")])
    assert case.top == ("w01", "w03", *(word for word in words if word not in {"w01", "w03"}))[:RANKED]
    assert len(case.scores) == RANKED


@pytest.mark.parametrize(
    "found",
    [
        said(),
        said(scores=(0.9009, 0.4991, 0.2)),
        said(top="abd", scores=(0.9, 0.5, 0.2004)),
        said(suggested="abc"),
        said(suggested="ba"),
        said(top="abcd", scores=(0.9, 0.5, 0.2, 0.1)),
    ],
    ids=["same", "rounded", "a tie at the end", "close to its threshold", "other order", "more ranked tags"],
)
def test_what_rounding_may_change_is_no_difference(found):
    assert find_differences([CASE], [found]) == []


def test_tags_of_almost_equal_scores_may_change_places():
    case = CASE.model_copy(update={"scores": (0.5004, 0.5, 0.2)})
    assert find_differences([case], [said(top="bac", scores=(0.5004, 0.5001, 0.2))]) == []


def test_each_real_difference_is_named_without_the_text_of_the_question():
    assert differences(scores=(0.9, 0.48, 0.2)) == ["golden question 1: b 0.480 instead of b 0.500"]
    assert differences(top="bac") == [
        "golden question 1: b 0.900 instead of a 0.900",
        "golden question 1: a 0.500 instead of b 0.500",
    ]
    assert differences(top="acd", scores=(0.9, 0.2, 0.2)) == ["golden question 1: c 0.200 instead of b 0.500"]
    assert differences(top="dbc") == ["golden question 1: d 0.900 instead of a 0.900"]
    assert differences(suggested="a") == ["golden question 1: no longer equally suggested: b"]
    assert differences(suggested="abx") == ["golden question 1: no longer equally suggested: x"]
    assert differences(scores=(float("nan"), 0.5, 0.2)) == ["golden question 1: a nan instead of a 0.900"]
    assert differences(top="", scores=()) == ["golden question 1: 0 ranked tags instead of 3"]


def test_answers_to_other_questions_are_not_compared():
    assert find_differences([CASE], []) == ["0 answers to 1 golden questions"]
    assert find_differences([], []) == []
