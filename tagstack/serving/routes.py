"""The routes that people and programs use."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Header, Query, Request, Response
from pydantic_core import to_json

from tagstack.serving.asking import answer
from tagstack.serving.learning import learn
from tagstack.serving.pages import has_already
from tagstack.serving.problems import describe
from tagstack.serving.schemas import NAME, FeedbackIn, FeedbackOut, SuggestIn, SuggestOut, TagsOut
from tagstack.serving.service import Service
from tagstack.serving.vocabulary import list_tags, tags_etag

router = APIRouter()
_COMMON = (401, 421, 422, 429, 500, 503)
_POSTED = (*_COMMON, 400, 413, 415)
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=128,
        pattern=NAME,
        description="Names this feedback, so that sending it again changes nothing; the suggestion id by default.",
    ),
]


def service_of(request: Request) -> Service:
    """Return the service that an application was made for."""
    return cast("Service", request.app.state.service)


def answer_json(content: Any, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401 - anything JSON
    """Answer content that fits its schema by construction, and so is not validated again."""
    return Response(to_json(content), 200, headers, "application/json")


@router.post("/suggest", response_model=SuggestOut, responses=describe(*_POSTED), summary="Suggest tags")
async def suggest(request: Request, question: Annotated[SuggestIn, Body()]) -> Response:
    """Suggest tags for one question, or for a batch of them under `questions`.

    Unless it is a draft, each answer is recorded under its `suggestion_id`: the model, the tags and scores, and the
    question's hash; never its text, unless the service is configured to keep it.
    """
    return answer_json(await answer(service_of(request), question))


@router.post(
    "/feedback", response_model=FeedbackOut, responses=describe(*_POSTED, 404, 409), summary="Say which tags were taken"
)
async def feedback(request: Request, decision: FeedbackIn, idempotency_key: Key = None) -> Response:
    """Store which tags a question got in the end: suggested ones that were kept, and others that were added.

    The answer comes when the feedback is stored for good. The same feedback again is `repeated`; other feedback under
    the same key is refused with 409.
    """
    service = service_of(request)
    status = await learn(service, decision, idempotency_key)
    service.metrics.learned(status)
    return answer_json({"status": status})


@router.get(
    "/tags",
    response_model=TagsOut,
    responses={304: {"description": "The vocabulary that the client has is the present one."}, **describe(*_COMMON)},
    summary="List the tags that can be suggested",
)
async def tags(
    request: Request,
    prefix: Annotated[str, Query(max_length=100, description="What the tags begin with, in any case.")] = "",
    limit: Annotated[int, Query(ge=1, le=10_000, description="How many tags at most.")] = 100,
) -> Response:
    """List the model's vocabulary, the most used tags first, for completion."""
    served = service_of(request).require_served()
    etag = tags_etag(served.version, served.sha256, prefix, limit)
    headers = {"etag": etag, "cache-control": "private, max-age=60"}
    if has_already(request, etag):
        return Response(status_code=304, headers=headers)
    found = list_tags(served.suggester.model, prefix, limit)
    return answer_json({"model_version": served.version, "model_sha256": served.sha256, "tags": found}, headers)
