"""The order of every request to the API: the caller, what they may do, the query, the body.

With an `Idempotency-Key` it is done once.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from fastapi import Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from homebeat.actions.identify import Caller
from homebeat.actions.permit import find_declared, permit
from homebeat.api.context import ApiContext
from homebeat.api.guard import identify_bearer, identify_caller, read_bearer
from homebeat.api.problem import Unusable
from homebeat.domain.errors import HomebeatError, NotAllowed, Unavailable
from homebeat.store import StoredAnswer

KEY: Final = "Idempotency-Key"
LONGEST_KEY: Final = 200
_KEPT_HEADERS: Final = ("content-type", "content-language", "location")
_log = logging.getLogger("homebeat.api")

Answer = Callable[[Request], Coroutine[Any, Any, Response]]


def name_operation(route: APIRoute) -> str:
    """Name the operation of a route in the OpenAPI document after its endpoint: `list_alerts` is `listAlerts`."""
    first, *others = route.name.split("_")
    return first + "".join(map(str.capitalize, others))


class ApiRoute(APIRoute):
    """A route that reads no body without a valid key whose roles permit it, and does a request with an idempotency key once.

    Its endpoint declares its operation (`actions.permit.declare`); without that the application cannot be built. What the query
    holds beside the parameters of the endpoint is refused: a filter with a slip in its name would show the whole list.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, dependencies: Sequence[Any] | None = None, **more: Any
    ) -> None:
        # by itself, not by the router that would include it: what is included is built twice and matched more slowly
        asked = [Depends(identify_caller), *(dependencies or ())]
        super().__init__(path, endpoint, dependencies=asked, **more | {"generate_unique_id_function": name_operation})

    def get_route_handler(self) -> Answer:
        """As FastAPI's, behind the key and the idempotency key."""
        inner, operation = super().get_route_handler(), find_declared(self.endpoint)
        known = sorted({one.alias for one in get_flat_params(self.dependant) if isinstance(one.field_info, Query)})

        async def answer(request: Request) -> Response:
            context: ApiContext = request.app.state.context
            caller = request.state.caller = await run_in_threadpool(identify_bearer, context, read_bearer(request))
            if operation is not None:
                permit(caller.principal, operation)
            _require_known(request, known)
            key = request.headers.get(KEY)
            if key is None or request.method != "POST":
                return await _read_and_answer(inner, request)
            return await _answer_once(inner, request, context, caller, key)

        return answer


def show_once(request: Request, field: str) -> None:
    """Mark a field of the answer as shown once: where the answer is repeated, it is null. Call it before anything is done."""
    request.state.shown_once = field


def _require_known(request: Request, known: Sequence[str]) -> None:
    """Refuse a query that names anything else.

    Raises:
        RequestValidationError: It does.
    """
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        text = f"this address takes: {', '.join(known)}" if known else "this address takes no query"
        raise RequestValidationError([{"type": "unknown", "loc": ("query", name), "msg": text} for name in unknown])


async def _read_and_answer(inner: Answer, request: Request) -> Response:
    try:
        return await inner(request)
    except HTTPException as error:
        if error.status_code == 400:  # the framework raises this for a body that is not JSON
            raise Unusable("the body cannot be read as JSON") from None
        raise


async def _answer_once(inner: Answer, request: Request, context: ApiContext, caller: Caller, key: str) -> Response:
    """Answer, or repeat the answer to the same request with this key.

    Raises:
        Unusable: The key is malformed, or was used for another request.
        NotAllowed: The first request with it has no answer yet: it is still running, or its process died.
    """
    if not (key and len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Unusable(f"{KEY} has to be 1 to {LONGEST_KEY} printable ASCII characters")
    key_id, asked = _compute_digest(caller.id, key), _compute_digest(request.url.path, request.url.query, await request.body())

    def claim() -> StoredAnswer | None:
        with context.store.begin() as tx:
            return tx.answers.claim(key_id, caller.id, asked, context.clock())

    known = await run_in_threadpool(claim)
    if known is not None:
        return _repeat_answer(known, asked)
    try:
        answer = await _read_and_answer(inner, request)
    except (HomebeatError, RequestValidationError) as error:
        # a refused request did nothing; what a failed one did is unknown, so its key stays in use
        if getattr(error, "status", 422) < 500:
            await run_in_threadpool(_settle, context, key_id, None)
        raise
    await run_in_threadpool(_settle, context, key_id, answer, getattr(request.state, "shown_once", ""))
    return answer


def _repeat_answer(known: StoredAnswer, asked: str) -> Response:
    if known.request != asked:
        raise Unusable(f"this {KEY} was used for another request")
    if known.status is None:
        raise NotAllowed(f"the first request with this {KEY} has no answer yet: look whether it was done before you send another")
    return Response(known.body, known.status, {**known.headers, "Idempotency-Replayed": "true"})


def _settle(context: ApiContext, key_id: str, answer: Response | None, shown_once: str = "") -> None:
    """Store the answer, or delete the key when nothing was done."""
    try:
        with context.store.begin() as tx:
            if answer is None:
                tx.answers.drop(key_id)
            else:
                headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
                body = bytes(answer.body)
                tx.answers.keep(key_id, answer.status_code, headers, _leave_out(body, shown_once) if shown_once else body)
    except Unavailable as away:
        # the request is done or refused, and answered; only a repeated request will get no answer
        _log.warning("an answer with an idempotency key could not be kept: %s", away)


def _leave_out(body: bytes, field: str) -> bytes:
    """The answer without what is shown once: nobody keeps the secret of a key, and this store neither."""

    def without(found: dict[str, Any]) -> dict[str, Any]:
        return {name: None if name == field else value for name, value in found.items()}

    return json.dumps(json.loads(body, object_hook=without), ensure_ascii=False, separators=(",", ":")).encode()


def _compute_digest(*parts: str | bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        whole.update(len(raw).to_bytes(8, "big") + raw)
    return whole.hexdigest()
