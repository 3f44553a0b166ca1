"""The receiver of the demo: remembers genuine messages and is loud about everything else."""

import urllib.error
import urllib.request

import pytest

from homebeat.bootstrap.receiver import Receiver, Unexpected
from homebeat.deliver import Poster, WebhookChannel
from homebeat.egress.policy import EgressPolicy
from tests.unit.deliver.fakes import SECRET, a_notice

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)


def wall_clock() -> int:
    import time  # noqa: PLC0415  # the receiver's tolerance is measured on the wall clock

    return int(time.time() * 1000)


def test_genuine_messages_are_remembered_and_said() -> None:
    said: list[str] = []
    with Receiver(SECRET, say=said.append) as receiver:
        notice = a_notice(url=receiver.url)
        for _ in range(2):
            assert WebhookChannel(Poster(HERE)).send(notice, wall_clock()).ok
        first, again = receiver.wait_for(2)
    assert (first.id, first.type, first.alert_id, first.repeat) == ("msg_one", "alert.opened", "a-1", 0)
    assert again.repeat == 1
    assert said == [
        "family received alert.opened for alert a-1 (msg_one)",
        "family received alert.opened for alert a-1 (msg_one, again)",
    ]


@pytest.mark.parametrize("event", ["family.daily", "family.weekly", "shifts.changed"])
def test_a_message_about_no_alert_is_genuine_too(event: str) -> None:
    with Receiver(SECRET) as receiver:
        notice = a_notice(url=receiver.url, alert_id=None, event=event, payload={"timezone": "Asia/Shanghai"})
        assert WebhookChannel(Poster(HERE)).send(notice, wall_clock()).ok
        (got,) = receiver.wait_for(1)
    assert (got.type, got.alert_id) == (event, "")


def test_scripted_status() -> None:
    with Receiver(SECRET, status=lambda repeat: 503 if repeat < 1 else 204) as receiver:
        notice = a_notice(url=receiver.url)
        assert [WebhookChannel(Poster(HERE)).send(notice, wall_clock()).status for _ in range(2)] == [503, 204]


@pytest.mark.parametrize("change", [{"secret": "whsec_" + "QUJD" * 12}, {"secret": SECRET, "late_s": "400"}])
def test_forged_or_late_messages_are_loud(change: dict[str, str]) -> None:
    receiver = Receiver(SECRET)
    notice = a_notice(channel_params={"url": receiver.url, "secret": change["secret"]})
    receipt = WebhookChannel(Poster(HERE)).send(notice, wall_clock() - 1000 * int(change.get("late_s", "0")))
    assert receipt.status == 400
    assert receiver.received == ()
    with pytest.raises(Unexpected):
        receiver.wait_for(1, timeout_s=5)
    with pytest.raises(Unexpected):
        receiver.close()


def test_a_get_is_loud() -> None:
    receiver = Receiver(SECRET)
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(receiver.url, timeout=5)
    raised.value.close()
    assert raised.value.code == 405
    with pytest.raises(Unexpected, match="a GET"):
        receiver.close()
    assert receiver.faults == ("a GET",)


def test_waiting_in_vain_is_loud() -> None:
    with Receiver(SECRET) as receiver, pytest.raises(Unexpected, match="0 of 1"):
        receiver.wait_for(1, timeout_s=0.05)
