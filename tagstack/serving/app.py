"""The application: routes, middlewares, errors. It is the same under uvicorn, under ZenML's deployer and in tests."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware

from tagstack import __version__
from tagstack.serving import probes, routes
from tagstack.serving.access import Access, HostGuard, Rules
from tagstack.serving.document import describe_application
from tagstack.serving.figures import read_figures
from tagstack.serving.headers import SecurityHeaders
from tagstack.serving.limits import BodyLimit, TimeLimit
from tagstack.serving.observe import Observe
from tagstack.serving.pages import StaticFile, read_page, send_file
from tagstack.serving.problems import UNAVAILABLE, on_invalid, on_unavailable
from tagstack.serving.service import Service

PROBES = frozenset({"/health", "/ready", "/openapi.json"})
METRICS = "/metrics"


def create_app(service: Service) -> FastAPI:
    """Return the application of a service; its lifespan starts and drains the service's parts."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    files = read_page()
    app = FastAPI(
        title="Tagstack",
        version=__version__,
        description="Tags for Stack Overflow questions, and what people made of them.",
        docs_url=None,  # both pages load scripts of other hosts
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=_middlewares(service, frozenset(files)),
    )
    app.state.service = service
    service.metrics.add(lambda: read_figures(service))
    for router in (routes.router, probes.router):
        app.include_router(router)
    app.add_exception_handler(RequestValidationError, on_invalid)
    for kind in UNAVAILABLE:
        app.add_exception_handler(kind, on_unavailable)
    _add_page(app, files)
    describe_application(app)
    return app


def _middlewares(service: Service, page: frozenset[str]) -> list[Middleware]:
    """Return them from the outside in."""
    settings, required = service.settings.service, service.key_required
    rules = Rules(service.keys, required, service.per_minute, page | PROBES, frozenset({METRICS}))
    guard = [Middleware(HostGuard)] if service.loopback and not required else []
    return [
        Middleware(Observe, metrics=service.metrics),
        Middleware(SecurityHeaders),
        *guard,
        Middleware(Access, rules=rules),
        Middleware(TimeLimit, seconds=settings.timeout_seconds),
        Middleware(BodyLimit, max_bytes=settings.max_request_bytes),
    ]


def _add_page(app: FastAPI, files: Mapping[str, StaticFile]) -> None:
    async def page(request: Request) -> Response:
        return send_file(files[request.url.path], request)

    for path in files:
        app.add_api_route(path, page, methods=["GET"], include_in_schema=False)
