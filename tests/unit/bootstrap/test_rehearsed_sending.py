"""What leaves in a rehearsal: webhooks to this machine, and the rest where the operator says so; to a band nothing ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.bootstrap.rehearsed_sending import RehearsedSending
from homebeat.deliver import Receipt
from homebeat.store import Leased
from tests.unit.deliver.fakes import a_notice


class Noting:
    def __init__(self) -> None:
        self.sent: list[Leased] = []
        self.is_closed = False

    def send(self, notice: Leased, now: int) -> Receipt:
        self.sent.append(notice)
        return Receipt(ok=False, error="asked")

    def close(self) -> None:
        self.is_closed = True


HERE = ("http://localhost:9/x", "http://127.0.0.1:9/x", "http://[::1]:9/x", "https://127.8.0.1/x")
ELSEWHERE = (
    "https://care.example/x",
    "http://localhost.care.example/x",
    "http://192.0.2.7/x",
    "http://[2001:db8::1]/x",
    "http://[",
    "",
)


@pytest.mark.parametrize(
    ("kind", "address", "to_others", "leaves"),
    [
        *(("webhook", one, False, True) for one in HERE),
        *(("webhook", one, False, False) for one in ELSEWHERE),
        *(("webhook", one, True, True) for one in ELSEWHERE),
        ("sms", HERE[0], False, False),
        ("sms", "", True, True),
        ("command", HERE[0], False, False),
        ("command", HERE[0], True, False),
    ],
)
def test_what_leaves(kind: str, address: str, to_others: bool, leaves: bool) -> None:
    sender, sending = Noting(), RehearsedSending(to_others=to_others)
    gate = sending.wrap(sender)
    receipt = gate.send(replace(a_notice(), channel_kind=kind, channel_params={"url": address}), 0)
    assert (len(sender.sent), sending.withheld, receipt.ok) == (int(leaves), int(not leaves), not leaves)
    gate.close()
    assert sender.is_closed
