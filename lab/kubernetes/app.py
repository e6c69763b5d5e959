"""The API: paths, tokens, and answers."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import QueryParams

from lab.kubernetes.cluster import Cluster
from lab.kubernetes.errors import ApiError, not_implemented
from lab.kubernetes.store import KINDS, NAMESPACE, POD, Kind, Manifest

VERSION = {
    "major": "1",
    "minor": "0",
    "gitVersion": "v1.0.0-tagstack-lab-stand-in",
    "platform": "emulated",
} | dict.fromkeys(("buildDate", "compiler", "gitCommit", "gitTreeState", "goVersion"), "")
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
FOR_ALL = {"/version", REVIEWS}
"""What whoever has a token may ask for."""
OF_ANY = {"pretty", "fieldManager", "fieldValidation"}
"""Parameters that change nothing here."""
ALL = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
log = logging.getLogger(__name__)


def make_app(cluster: Cluster) -> FastAPI:
    """Return the API of a cluster; what it does not know it answers with 501."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(ApiError, _tell)

    @app.middleware("http")
    async def authorise(request: Request, call_next: Any) -> Response:
        try:
            user = cluster.accounts.identify(request.headers.get("Authorization", ""))
            parts = request.url.path.split("/namespaces/")
            namespace = parts[1].split("/")[0] if len(parts) > 1 else ""
            if request.url.path.rstrip("/") not in FOR_ALL:
                cluster.accounts.require(user, namespace, f"{request.method} {request.url.path}")
        except ApiError as error:
            return _tell(request, error)
        response: Response = await call_next(request)
        return response

    for path in ("/version", "/version/"):
        app.get(path)(lambda: VERSION)
    _add_namespaces(app, cluster)
    for kind in KINDS:
        _add(app, cluster, kind)
    _add_logs(app, cluster)
    _add_reviews(app, cluster)

    @app.api_route("/{path:path}", methods=ALL)
    def unknown(request: Request) -> Response:
        raise not_implemented(f"{request.method} {request.url.path}")

    return app


def _add_namespaces(app: FastAPI, cluster: Cluster) -> None:
    @app.post("/api/v1/namespaces", status_code=HTTPStatus.CREATED)
    def create(request: Request, body: Annotated[Manifest, Body()]) -> Manifest:
        _parameters(request)
        return cluster.create_namespace(body)

    @app.get("/api/v1/namespaces")
    def listed(request: Request) -> Manifest:
        return _list(NAMESPACE, cluster, "", _parameters(request, "labelSelector", "fieldSelector"))

    @app.get("/api/v1/namespaces/{name}")
    def read(request: Request, name: str) -> Manifest:
        _parameters(request)
        return cluster.store.read(NAMESPACE, "", name)


def _add(app: FastAPI, cluster: Cluster, kind: Kind) -> None:
    """Add what can be done with objects of a kind."""
    root = "/api" if "/" not in kind.version else "/apis"
    many = f"{root}/{kind.version}/namespaces/{{namespace}}/{kind.plural}"
    one = many + "/{name}"

    @app.post(many, status_code=HTTPStatus.CREATED)
    def create(request: Request, namespace: str, body: Annotated[Manifest, Body()]) -> Manifest:
        _parameters(request)
        return cluster.create(kind, namespace, body)

    @app.get(many)
    def listed(request: Request, namespace: str) -> Manifest:
        return _list(kind, cluster, namespace, _parameters(request, "labelSelector", "fieldSelector"))

    @app.get(one)
    def read(request: Request, namespace: str, name: str) -> Manifest:
        _parameters(request)
        return cluster.store.read(kind, namespace, name)

    @app.patch(one)
    def patch(request: Request, namespace: str, name: str, body: Annotated[Manifest, Body()]) -> Manifest:
        _parameters(request)
        return cluster.patch(kind, namespace, name, body)

    @app.delete(one)
    def delete(
        request: Request, namespace: str, name: str, body: Annotated[Manifest | None, Body()] = None
    ) -> Manifest:
        given = _parameters(request, "gracePeriodSeconds", "propagationPolicy")
        if body or given.get("propagationPolicy") == "Orphan":  # with the other two, pods go with their job
            raise not_implemented(f"options in the body, nor orphans, of DELETE {request.url.path}")
        grace = given.get("gracePeriodSeconds")
        return cluster.delete(kind, namespace, name, grace=None if grace is None else int(grace))


def _add_logs(app: FastAPI, cluster: Cluster) -> None:
    @app.get(f"/api/v1/namespaces/{{namespace}}/{POD.plural}/{{name}}/log")
    def logs(request: Request, namespace: str, name: str) -> Response:
        tail = _parameters(request, "container", "tailLines").get("tailLines")
        said = cluster.kubelet.logs(namespace, name, tail=None if tail is None else int(tail))
        return Response(said, media_type="text/plain")


def _add_reviews(app: FastAPI, cluster: Cluster) -> None:
    @app.post(REVIEWS, status_code=HTTPStatus.CREATED)
    def review(request: Request, body: Annotated[Manifest, Body()]) -> Manifest:
        _parameters(request)
        user = cluster.accounts.identify(request.headers["Authorization"])
        namespace = body["spec"]["resourceAttributes"]["namespace"]
        return {**body, "metadata": {}, "status": {"allowed": cluster.accounts.may(user, namespace)}}


def _list(kind: Kind, cluster: Cluster, namespace: str, given: QueryParams) -> Manifest:
    labels, fields = given.get("labelSelector", ""), given.get("fieldSelector", "")
    items = cluster.store.list(kind, namespace, labels=labels, fields=fields)
    return {"kind": f"{kind.name}List", "apiVersion": kind.version, "metadata": {}, "items": items}


def _parameters(request: Request, *known: str) -> QueryParams:
    """Return a request's parameters; raises ApiError where one is not known."""
    given = request.query_params
    if strange := sorted(given.keys() - OF_ANY - set(known)):
        raise not_implemented(f"the parameter {strange[0]} of {request.method} {request.url.path}")
    return given


def _tell(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    if error.code == HTTPStatus.NOT_IMPLEMENTED:
        log.warning("Not implemented: %s", error.message)
    return JSONResponse(error.status(), status_code=error.code)
