"""Every role sends what the OpenAPI document allows and forbids. Each answer is one that the document names, and never a 5xx.

Nothing that the document forbids is accepted.
"""

from __future__ import annotations

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from homebeat.domain.role import Role
from tests.conftest import SOAK, examples
from tests.unit.api.document import Caller
from tests.unit.api.street import Street

#: None has no key.
WHO: list[str | None] = [None, *Role]
#: Each role sends one edge in four, others than its neighbours, so that several roles send each; in `make soak` each sends all.
STEP = 4 if SOAK == 1 else 1


@pytest.mark.slow
@pytest.mark.parametrize("role", WHO)
def test_every_answer_is_one_that_the_document_names(role: str | None, street: Street) -> None:
    caller = Caller(street, role)
    caller.send_edges(WHO.index(role), STEP)
    caller.send_some(examples(2), examples(30))
    assert not caller.findings.found, str(caller.findings)


def test_what_is_sent_does_something(street: Street) -> None:
    """Requests that are all refused would prove little."""
    caller = Caller(street, Role.ADMIN)
    caller.send_some(examples(2), examples(1))
    done = [label for label, statuses in caller.findings.statuses.items() if statuses & {200, 201, 202}]
    assert len(done) > 25, done


def test_an_answer_that_the_document_does_not_name_is_found(street: Street) -> None:
    """Otherwise nothing here can fail: a route that breaks, and one that takes what it must not."""
    caller = Caller(street, Role.ADMIN)
    sound = caller.app

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope.get("method") == "GET"
        await (JSONResponse({}, 500 if is_read else 200) if scope["type"] == "http" else sound)(scope, receive, send)

    caller.app = answer
    caller.send_edges(0, 1, only="/limits")
    assert {(label.split()[0], kind) for label, kind in caller.findings.found} >= {
        ("GET", "ServerError"),
        ("PUT", "AcceptedNegativeData"),
        ("PUT", "JsonSchemaError"),
    }
