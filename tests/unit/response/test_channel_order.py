"""Over which of a person's channels a message goes first: one after the other, and all at once where somebody calls for help."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homebeat.domain.alert import Desk, Edge, Priority, Reason, Subject, TransitionKind, open_alert
from homebeat.domain.ids import ContactId, HouseholdId
from homebeat.domain.notice import STOPPED
from homebeat.response.channel_order import ChannelTurn, goes_over_all, order_channels

SON, MEI = ContactId("h/son"), ContactId("h/mei")
ROBOT, SMS, VOICE, MAIL = (SON, "wecom_robot", 0), (SON, "sms", 1), (SON, "voice", 2), (MEI, "email", 0)
MINUTE = timedelta(minutes=1)


def test_each_channel_of_a_person_waits_for_the_ones_before_it() -> None:
    assert order_channels([ROBOT, MAIL, SMS, VOICE], MINUTE, at_once=False) == [
        ChannelTurn(ROBOT, 0, 0),
        ChannelTurn(MAIL),
        ChannelTurn(SMS, 1, 60_000),
        ChannelTurn(VOICE, 2, 120_000),
    ]


def test_who_is_in_two_steps_is_written_to_once() -> None:
    assert order_channels([ROBOT, SMS, ROBOT, SMS], MINUTE, at_once=False) == [
        ChannelTurn(ROBOT, 0, 0),
        ChannelTurn(SMS, 1, 60_000),
    ]


def test_what_reaches_nobody_has_no_turn() -> None:
    assert order_channels([(SON, STOPPED, 0), SMS], MINUTE, at_once=False) == [ChannelTurn(SMS)]


def test_all_at_once() -> None:
    assert order_channels([ROBOT, SMS], MINUTE, at_once=True) == [ChannelTurn(ROBOT), ChannelTurn(SMS)]


@pytest.mark.parametrize(
    ("rule", "priority", "all_at_once"),
    [
        ("no_sign_of_life", Priority.HIGH, False),
        ("no_sign_of_life", Priority.CRITICAL, True),
        *((rule, Priority.HIGH, True) for rule in ("sos", "fall", "smoke", "gas", "unreadable_alarm")),
    ],
)
def test_whoever_calls_for_help_waits_for_no_channel(rule: str, priority: Priority, all_at_once: bool) -> None:
    edge = Edge(1, rule, Subject(HouseholdId("h")), TransitionKind.OPENED, priority, Desk.CARE, 1, Reason(rule), 1)
    assert goes_over_all(open_alert(edge)[0]) is all_at_once
