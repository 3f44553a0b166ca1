"""The page of events: its examples are what the product gives, every type is there, and the receiver of webhooks takes them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from homebeat.deliver import Poster
from homebeat.deliver.channels.signing import sign_headers
from homebeat.deliver.poster import HttpCall
from homebeat.domain.alert import TransitionKind
from homebeat.domain.event import EventType, name_event
from homebeat.response.deadline import SEEN_BY_VISITOR
from homebeat.wording.sentences import SENTENCES
from tests.docs.events_page import PAGE, WITHOUT_EXAMPLE, put_examples
from tests.docs.pages import blocks, first_cells
from tests.unit.deliver.fakes import SECRET
from tests.unit.docs.test_webhook_receiver import HERE
from tests.unit.docs.test_webhook_receiver import family as family  # noqa: PLC0414 -- a fixture

EXAMPLES = [json.loads(text) for text in blocks(PAGE, "json")]


def test_the_examples_are_what_a_database_gives() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert put_examples(page) == page, "run python -m tests.docs"


def test_every_type_is_on_the_page_with_an_example() -> None:
    assert {kind.value for kind in EventType} <= first_cells(PAGE)
    assert [one["type"] for one in EXAMPLES] == [kind.value for kind in EventType if kind not in WITHOUT_EXAMPLE]


@pytest.mark.parametrize("kind", TransitionKind)
def test_every_step_of_an_alert_is_in_the_catalogue(kind: TransitionKind) -> None:
    code = "visit_assigned" if kind is TransitionKind.VISITED else "any"
    assert name_event(kind, code) is not EventType.CHANGED


@pytest.mark.parametrize("code", [code for code in SENTENCES if code.startswith("visit_") and code != SEEN_BY_VISITOR])
def test_every_step_of_a_visit_says_what_it_is(code: str) -> None:
    expected = {"visit_cannot": "visit.cancelled"}.get(code, code.replace("visit_", "visit."))
    assert name_event(TransitionKind.VISITED, code) == expected


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["type"])
def test_the_receiver_of_webhooks_takes_every_example(
    example: dict[str, Any], family: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    now, body = time.time_ns() // 1_000_000, json.dumps(example).encode()
    call = HttpCall(family["url"], body, sign_headers([SECRET], example["id"], now, body))
    assert [Poster(HERE).post(call, now).status for _ in range(2)] == [204, 204]
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == example
    told = set(example["data"])
    assert {"alert_id", "version", "priority", "condition", "answer", "queue", "opened_at", "area", "link"} <= told
    assert not told & {"name", "address", "phone", "rule", "note", "household", "resident", "reason"}
