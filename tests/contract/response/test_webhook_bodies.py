"""What leaves as a webhook is as the OpenAPI document says: each type is sent for once, by the channel, to a receiver."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from homebeat import actions
from homebeat.deliver import Poster, WebhookChannel
from homebeat.domain.alert import Outcome
from homebeat.domain.durations import DAY_MS
from homebeat.domain.event import EventType
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.egress.policy import EgressPolicy
from homebeat.store import Store
from homebeat.wording.messages import DUTY_EVENTS, EVENTS
from tests.contract.response.street import Town, quiet
from tests.people import person
from tests.unit.deliver.fakes import SECRET
from tests.unit.deliver.receivers import RawReceiver, answers
from tests.webhook_bodies import check_body, read_webhooks

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)
CHEN = person("chen", Role.DESK)
#: What this test makes happen; `alert.raised` has the form of the others.
#: Notes, shifts, questions and tests are checked where their own tests take them.
OF_AN_ALERT = {
    "alert.opened", "alert.reminder", "alert.reopened", "alert.resolved", "visit.assigned", FOLLOW_UP_EVENT,
}  # fmt: skip


@dataclass
class Sending(Town):
    """A town whose messages are sent to a receiver."""

    url: str = ""

    def take_notices(self) -> list[tuple[float, str, str]]:
        channel = WebhookChannel(Poster(HERE))
        with self.store.begin() as tx:
            leased = tx.outbox.claim(self.now, "test", 1_000, 60_000)
        for notice in leased:
            assert channel.send(replace(notice, channel_params={"url": self.url, "secret": SECRET}), self.now).ok
        return [(0, notice.contact, notice.event) for notice in leased]


def test_an_alerts_messages_are_as_the_document_says(store: Store) -> None:
    with RawReceiver(answers(204)) as receiver:
        town = Sending(store, PlanBook(), url=receiver.url)
        alert = town.happens(quiet())
        said = {event for _, _, event in town.minute(46, step_s=60)}
        town.act(CHEN, actions.Acknowledge(alert))
        town.act(CHEN, actions.AssignVisit(alert, "wang"))  # type: ignore[arg-type]
        town.act(CHEN, actions.Resolve(alert, Outcome.HELPED))
        said |= {event for _, _, event in town.take_notices()}
        town.act(CHEN, actions.Reopen(alert, note="not yet"))
        said |= {event for _, _, event in town.take_notices()}
        town.act(CHEN, actions.Resolve(alert, Outcome.HELPED))
        town.now += 2 * DAY_MS
        actions.watch_follow_ups(town.store, town.perform, town.now)
        said |= {event for _, _, event in town.take_notices()}
        bodies = [request.partition(b"\r\n\r\n")[2] for request in receiver.requests]
    for body in bodies:
        check_body(body)
    assert said == OF_AN_ALERT
    assert len(bodies) > len(said)


@pytest.mark.parametrize(
    "change, wrong",
    [('"priority":"high"', '"priority":"urgent"'), ('"link":', '"lnk":'), ('"type":"alert.opened"', '"type":"alert.broken"')],
)
def test_a_body_that_is_not_in_the_document_is_found(change: str, wrong: str) -> None:
    body = (
        '{"type":"alert.opened","timestamp":"2026-03-01T08:00:00Z","data":{"alert_id":"a","priority":"high",'
        '"answer":"unacknowledged","condition":"firing","opened_at":"2026-03-01T08:00:00Z","link":"https://care.example/f/x"}}'
    )
    check_body(body.encode())
    with pytest.raises((AssertionError, ValueError)):
        check_body(body.replace(change, wrong).encode())


def test_whatever_has_words_of_its_own_or_is_an_event_is_in_the_document() -> None:
    found = read_webhooks().keys()
    assert {*EVENTS, *DUTY_EVENTS} <= found
    assert {name.removeprefix("platform/") for name in found if name.startswith("platform/")} == {one.value for one in EventType}
