"""A key that somebody has pressed in a call is an answer of the family, and of nobody else."""

from __future__ import annotations

import pytest

from homebeat.domain.alert import Alert
from tests.people import add_family_link
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street
from tests.unit.console.test_family_reply import LIN, replies


@pytest.fixture
def alert(street: Street) -> Alert:
    return street.open("no_sign_of_life", 3)


def press(guest: TestClient, token: str, digits: str, language: str = "en") -> str:
    answer = guest.post(f"/f/{token}/key?language={language}", data={"Digits": digits, "CallSid": "CA1"}, follow_redirects=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    return answer.text


@pytest.mark.parametrize("digits, code", [("1", "family_calling"), ("2", "family_fine"), ("3", "family_go")])
def test_a_key_is_an_answer(guest: TestClient, street: Street, alert: Alert, digits: str, code: str) -> None:
    token = add_family_link(street.store, alert.id, LIN.format(3))
    assert "Your answer was noted." in press(guest, token, digits)
    assert [reason for _, reason in replies(street, alert)] == [code]
    assert "谢谢" in press(guest, token, digits, "zh-CN")
    assert len(replies(street, alert)) == 1


@pytest.mark.parametrize("digits", ["", "4", "11", "calling", "*"])
def test_another_key_is_none(guest: TestClient, street: Street, alert: Alert, digits: str) -> None:
    token = add_family_link(street.store, alert.id, LIN.format(3))
    assert "could not be taken" in press(guest, token, digits)
    assert replies(street, alert) == []


def test_a_stranger_answers_nothing(guest: TestClient, street: Street, alert: Alert) -> None:
    assert "could not be taken" in press(guest, "nobody-has-this", "1")
    assert guest.get("/f/nobody-has-this/key").status_code in {404, 405}
    assert replies(street, alert) == []
