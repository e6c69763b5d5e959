"""The routes that machines use: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tagstack.serving.problems import describe
from tagstack.serving.routes import answer_json, service_of
from tagstack.serving.schemas import HealthOut, ReadyOut

router = APIRouter()


@router.get("/health", response_model=HealthOut, responses=describe(421, 500), summary="Is the process alive?")
async def health() -> Response:
    """Answer as long as the process does; it says nothing about the model."""
    return answer_json({"status": "alive"})


@router.get("/ready", response_model=ReadyOut, responses=describe(421, 500, 503), summary="Can it answer questions?")
async def ready(request: Request) -> Response:
    """Say which model answers: it is loaded and gave the answers of training time; 503 until then."""
    service = service_of(request)
    served = service.require_served()
    revision = service.follower.revision if service.follower else None
    found = {"model_version": served.version, "model_sha256": served.sha256, "revision": revision}
    return answer_json(found)


@router.get(
    "/metrics",
    responses={200: {"description": "Prometheus' text format."}, **describe(401, 421, 429, 500)},
    summary="Figures for Prometheus",
)
async def metrics(request: Request) -> Response:
    """Count requests, latencies, batches, waiting questions, cache hits, feedback. From this machine, or with a key."""
    return Response(generate_latest(service_of(request).metrics.registry), media_type=CONTENT_TYPE_LATEST)
