"""Answers every error with problem details (RFC 9457): one sentence, never a stack trace, never the value that was sent."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from homebeat.domain.errors import (
    BadCursor,
    BadHome,
    Busy,
    HomebeatError,
    Incomplete,
    NotAllowed,
    NotFound,
    NotPermitted,
    NotTaken,
    StaleVersion,
    Unavailable,
)

MEDIA_TYPE: Final = "application/problem+json"
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: What the reader of the fleet file quotes in a fault: a value that was sent.
_QUOTED: Final = re.compile(r"'[^']*'\s?|^(?:[-\d.e]+|True|False|None) (?=is )")
_LOG = logging.getLogger("homebeat.api")


class Unauthorised(HomebeatError):
    """A valid bearer key is needed."""

    status = 401


class Unusable(HomebeatError):
    """The request can be read, but cannot be done."""

    status = 422


class Fault(BaseModel):
    """One field that cannot be used."""

    field: str = Field(examples=["query.limit"])
    problem: str = Field(examples=["Input should be less than or equal to 200"])


class Problem(BaseModel):
    """An error as RFC 9457 writes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:homebeat:problem:not-found",
                "title": "Not Found",
                "status": 404,
                "detail": "there is no such alert",
                "instance": "/api/v1/alerts/a0000000000000000000",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Fault] | None = None


_TYPES: Final[Sequence[tuple[type[HomebeatError], str]]] = (
    (StaleVersion, "stale-version"),
    (NotTaken, "not-taken"),
    (NotAllowed, "not-allowed"),
    (NotFound, "not-found"),
    (Unavailable, "unavailable"),
    (Busy, "busy"),
    (Unauthorised, "unauthorised"),
    (Unusable, "invalid"),
    (Incomplete, "invalid"),
    (BadHome, "invalid"),
    (BadCursor, "invalid"),
    (NotPermitted, "forbidden"),
)


def build_problem(request: Request, status: int, detail: str, *, kind: str = "", **more: Any) -> JSONResponse:
    """Build the response. `kind` names the type; without it the status alone gives the meaning."""
    body = {
        "type": f"urn:homebeat:problem:{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **more,
    }
    headers = {"WWW-Authenticate": 'Bearer realm="homebeat"'} if status == HTTPStatus.UNAUTHORIZED else {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "5"
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def _answer_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HomebeatError):
        raise error
    kind = next((name for family, name in _TYPES if isinstance(error, family)), "")
    if isinstance(error, BadHome):
        faults = [{"field": place, "problem": _QUOTED.sub("", text)} for place, text in error.faults]
        return build_problem(request, error.status, "the home cannot be written; see errors", kind=kind, errors=faults)
    # The database's own message may hold an address or a password; the sentence for people does not.
    detail = "a part we depend on is away; try again" if isinstance(error, Unavailable) else str(error)
    return build_problem(request, error.status, detail, kind=kind)


def _answer_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    answer = build_problem(
        request, error.status_code, _explain(error), kind=HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    )
    answer.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_find_methods(request))
    return answer


def _find_methods(request: Request) -> list[str]:
    """Find every method that the path takes; the framework names only those of the first route."""
    routes = request.app.routes

    def is_taken(method: str) -> bool:
        return any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)

    return [method for method in _METHODS if is_taken(method)]


def _explain(error: HTTPException) -> str:
    phrase = HTTPStatus(error.status_code).phrase
    if error.detail != phrase:
        return error.detail
    return {404: "there is nothing at this address", 405: "this address does not take that method"}.get(error.status_code, phrase)


def _answer_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [{"field": ".".join(str(part) for part in e["loc"]), "problem": str(e["msg"])} for e in error.errors()]
    return build_problem(request, 422, "the request cannot be used; see errors", kind="invalid", errors=faults)


def _answer_unexpected(request: Request, error: Exception) -> Response:
    # the route, never the path: a path may name a person, or be the secret of a family's link
    _LOG.error("a request failed: %s %s", request.method, getattr(request.scope.get("route"), "path", "none"), exc_info=error)
    return build_problem(request, 500, "something went wrong here; it has been logged")


def add_problem_details(app: FastAPI) -> None:
    """Answer every error of this application as problem details."""
    app.add_exception_handler(HomebeatError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(Exception, _answer_unexpected)


def document_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Make the `responses` of a route: the problems that it can answer with."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
