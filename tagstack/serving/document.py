"""The OpenAPI document: what FastAPI derives from the routes, and how an API key is given."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

GUARDED = frozenset({"/suggest", "/feedback", "/tags", "/metrics"})
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, where the service needs one."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key, another way."},
}
_EITHER: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}, {}]
"""The last one is no key at all: on the loopback address none is needed."""


def describe_application(app: FastAPI) -> None:
    """Let the application make its document this way, once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _make_document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def _make_document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    document["components"]["securitySchemes"] = SCHEMES
    for path in GUARDED:
        for route in document["paths"][path].values():
            route["security"] = _EITHER
    document["paths"]["/metrics"]["get"]["responses"]["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    return document
