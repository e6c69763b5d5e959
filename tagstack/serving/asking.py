"""From a request to suggestions: Markdown to HTML, the engine, what is recorded, what is answered."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException

from tagstack.config import PersonalKind, ServiceSettings
from tagstack.privacy import mask
from tagstack.serving.engine import Answers, Question
from tagstack.serving.markdown import render_markdown
from tagstack.serving.schemas import MAX_TOP, ManyQuestions, OneQuestion, QuestionIn
from tagstack.serving.service import Service
from tagstack.store.feedback import SuggestionRecord
from tagstack.suggestion import Suggestion, question_sha256

LONG = 20_000
"""Characters from which a request is prepared in a thread, so that no other waits for it."""
_THREADS = ThreadPoolExecutor(2, "prepare")
"""Few, as they share one processor with the event loop; hostile Markdown queues here and nowhere else."""


@dataclass(frozen=True)
class _Prepared:
    """A question as the engine reads it, and what is recorded of it."""

    question: Question
    sha256: str
    text: tuple[str, str] | None


async def answer(service: Service, request: OneQuestion | ManyQuestions) -> dict[str, Any]:
    """Suggest tags and record what was suggested, without waiting for the store; drafts leave no trace."""
    questions = [request] if isinstance(request, OneQuestion) else request.questions
    _require_small(service.settings.service, questions)
    served = service.engine.served
    kinds = served.suggester.model.recipe.privacy.kinds if served and service.settings.store.keep_text else None
    prepared = await _prepare(questions, None if request.draft else kinds)
    answers = await _ask(service, [one.question for one in prepared])
    found = [_cut(one, request.top) for one in answers.suggestions]
    names = [None] * len(found) if request.draft else _record(service, questions, prepared, answers, found)
    return {
        "model_version": answers.version,
        "model_sha256": answers.sha256,
        "suggestions": [{"suggestion_id": name, **one} for name, one in zip(names, found, strict=True)],
    }


def _require_small(settings: ServiceSettings, questions: Sequence[QuestionIn]) -> None:
    if len(questions) > settings.max_questions:
        raise HTTPException(422, f"questions: at most {settings.max_questions} in one request")
    for place, question in enumerate(questions):
        if len(question.body) > settings.max_body_characters:
            raise HTTPException(422, f"questions.{place}.body: at most {settings.max_body_characters} characters")
        if question.format == "markdown" and len(question.body) > settings.max_markdown_characters:
            most = settings.max_markdown_characters
            raise HTTPException(422, f"questions.{place}.body: at most {most} characters of Markdown")


async def _prepare(questions: Sequence[QuestionIn], kinds: Sequence[PersonalKind] | None) -> list[_Prepared]:
    """Prepare questions, in threads where that takes long."""
    slow = kinds is not None or any(one.format == "markdown" for one in questions)
    if not slow and sum(len(one.body) for one in questions) <= LONG:
        return [_prepare_one(one, None) for one in questions]
    run = asyncio.get_running_loop().run_in_executor
    return await asyncio.gather(*(run(_THREADS, _prepare_one, one, kinds) for one in questions))


def _prepare_one(question: QuestionIn, kinds: Sequence[PersonalKind] | None) -> _Prepared:
    html = render_markdown(question.body) if question.format == "markdown" else question.body
    text = None if kinds is None else (mask(question.title, kinds).text, mask(html, kinds).text)
    return _Prepared(Question(question.title, html), question_sha256(question.title, html), text)


async def _ask(service: Service, questions: Sequence[Question]) -> Answers:
    """Ask for the longest ranking, as it has the scores of the suggested tags, which a shorter one may lack."""
    service.metrics.asked(len(questions))
    answers = await service.engine.suggest(questions, top=MAX_TOP)
    if all(set(one.suggested) <= set(one.top) for one in answers.suggestions):
        return answers
    return await service.engine.suggest(questions, top=2**31)


def _cut(one: Suggestion, top: int) -> dict[str, Any]:
    scores = dict(zip(one.top, one.scores, strict=True))
    return {
        "suggested": [{"tag": tag, "score": scores[tag]} for tag in one.suggested],
        "top": [{"tag": tag, "score": score} for tag, score in zip(one.top[:top], one.scores[:top], strict=True)],
    }


def _record(
    service: Service,
    questions: Sequence[QuestionIn],
    prepared: Sequence[_Prepared],
    answers: Answers,
    found: Sequence[dict[str, Any]],
) -> list[str]:
    now = dt.datetime.now(dt.UTC)
    records = []
    for question, one, shown in zip(questions, prepared, found, strict=True):
        suggested = tuple(scored["tag"] for scored in shown["suggested"])
        ranked = tuple(scored["tag"] for scored in shown["top"])
        record = SuggestionRecord(
            id=str(uuid.uuid4()),
            created_at=now,
            model_version=answers.version,
            model_sha256=answers.sha256,
            question_sha256=one.sha256,
            post_id=question.post_id,
            suggested=suggested,
            top=ranked,
            scores=tuple(scored["score"] for scored in shown["top"]),
            title=one.text[0] if one.text else None,
            body=one.text[1] if one.text else None,
        )
        service.memory.add(record.id, {*suggested, *ranked})
        records.append(record)
    service.outbox.suggested(records)
    return [record.id for record in records]
