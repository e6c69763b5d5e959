"""The golden questions, asked of a real service: its limits, its keys, and what it answers."""

import pytest

from tagstack.config import ServiceSettings
from tagstack.errors import ServiceError
from tagstack.model.card import GoldenCase
from tagstack.serving.engine import Engine, Overloaded
from tagstack.serving.smoke import smoke_test
from tagstack.suggestion import Suggester

KEYS = {"TAGSTACK_API_KEYS": "correct-horse-battery"}


@pytest.fixture
def cases(make_model, make_encoder):
    """What the tests' model answers, one of the questions long."""
    questions = [("java and java", ""), ("python", "<p>or sql?</p>"), ("nothing", "<p>java</p>" * 500)]
    found = Suggester(make_model(), make_encoder()).suggest(*zip(*questions, strict=True))
    return [
        GoldenCase(title=title, body=body, suggested=tuple(one.suggested), top=tuple(one.top), scores=tuple(one.scores))
        for (title, body), one in zip(questions, found, strict=True)
    ]


def ask(client, cases, *, version=3, key=None, patience=5.0, **limits):
    settings = ServiceSettings(**limits)
    address = str(client.base_url).rstrip("/")
    smoke_test(address, cases, version=version, key=key, settings=settings, patience_seconds=patience)


@pytest.mark.parametrize("limits", [{}, {"max_questions": 2}, {"max_questions": 1, "max_body_characters": 100}])
def test_a_service_that_answers_as_at_training_passes_whatever_its_limits(serving, cases, limits):
    with serving(*(f"service.{name}={value}" for name, value in limits.items())) as client:
        ask(client, cases, **limits)


def test_a_service_with_keys_is_asked_with_one(serving, cases):
    with serving(environ=KEYS) as client:
        ask(client, cases, key=KEYS["TAGSTACK_API_KEYS"])
        with pytest.raises(ServiceError, match=r"answers 401: an API key is needed: .*\.$"):
            ask(client, cases)


def test_other_answers_and_another_version_are_told(serving, cases):
    other = cases[0].model_copy(update={"scores": (0.5, *cases[0].scores[1:])})
    with serving() as client:
        with pytest.raises(ServiceError, match=r"^The service answers other than version 3 did at training: golden"):
            ask(client, [other])
        with pytest.raises(ServiceError, match=r"serves version 3, not 4\.$"):
            ask(client, cases, version=4)


def test_a_busy_service_is_asked_again(serving, cases, monkeypatch):
    suggest, refused = Engine.suggest, []

    async def busy(self, questions, *, top):
        if not refused:
            refused.append(1)
            raise Overloaded(waiting=9, retry_after=0)
        return await suggest(self, questions, top=top)

    monkeypatch.setattr(Engine, "suggest", busy)
    with serving() as client:
        ask(client, cases)
        refused.clear()
        with pytest.raises(ServiceError, match=r"answers 503: 9 questions are waiting already"):
            ask(client, cases, patience=0)


def test_where_nobody_listens_the_address_is_named(cases):
    with pytest.raises(ServiceError, match=r"^The service at http://127\.0\.0\.1:9 does not answer: .*refused"):
        smoke_test("http://127.0.0.1:9", cases, version=3, key=None, settings=ServiceSettings(), patience_seconds=0)
