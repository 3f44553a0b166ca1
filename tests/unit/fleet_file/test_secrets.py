"""A webhook without a secret gets one, once; importing the same file again changes nothing."""

from __future__ import annotations

import base64
import json

from homebeat.domain.fleet import Contact, Fleet
from homebeat.domain.ids import ContactId
from homebeat.registry.fleet_file import read_fleet
from homebeat.registry.signing_secrets import NewSecret, SecretFiller, SecretMaker
from tests.unit.fleet_file.examples import STREET, spoilt

GIVEN = "whsec_" + base64.b64encode(b"g" * 32).decode()
MADE = "whsec_" + base64.b64encode(b"m" * 32).decode()
CHANNEL = "households.0.contacts.0.channels.0"


def secret_of(fleet: Fleet) -> str:
    return fleet.households[0].contacts[0].channels[0].params["secret"]


def contacts_of(fleet: Fleet) -> list[Contact]:
    return [contact for home in fleet.households for contact in home.contacts]


def test_one_is_made_and_told() -> None:
    fleet, told = SecretFiller((), lambda n: b"m" * n).fill(read_fleet(json.dumps(STREET), is_json=True))
    assert secret_of(fleet) == MADE
    assert told == [NewSecret(fleet.households[0].contacts[0].id, 0, MADE)]


def test_a_given_one_is_taken() -> None:
    asked = read_fleet(spoilt(f"{CHANNEL}.secret", GIVEN), is_json=True)
    assert SecretFiller((), lambda n: b"m" * n).fill(asked) == (asked, [])


def test_importing_again_keeps_the_secret_in_use() -> None:
    asked = read_fleet(json.dumps(STREET), is_json=True)
    first, _ = SecretFiller((), lambda n: b"m" * n).fill(asked)
    assert SecretFiller(contacts_of(first), lambda n: b"x" * n).fill(asked) == (first, [])


def test_a_new_address_gets_a_new_secret() -> None:
    first, _ = SecretFiller((), lambda n: b"m" * n).fill(read_fleet(json.dumps(STREET), is_json=True))
    moved = read_fleet(spoilt(f"{CHANNEL}.url", "https://other.example/hook"), is_json=True)
    again, told = SecretFiller(contacts_of(first), lambda n: b"x" * n).fill(moved)
    assert secret_of(again) != MADE
    assert len(told) == 1


def test_as_contacts_are_written_each_channel_keeps_its_own_or_gets_a_new_one() -> None:
    def make(kind: str, address: str, **params: str) -> dict[str, object]:
        return {"kind": kind, "params": {"url" if kind == "webhook" else "number": address, **params}}

    one, other = "https://family.example/one", "https://family.example/other"
    channels = [
        make("webhook", one),
        make("sms", "+86 139-0000-0001"),
        make("webhook", other),
        make("webhook", one, secret=GIVEN),
    ]
    known = [make("webhook", "https://family.example/gone", secret="whsec_gone"), make("webhook", other, secret="whsec_other")]
    maker = SecretMaker(lambda n: b"m" * n)
    maker.fill(ContactId("h/wei"), channels, known)
    assert channels == [
        make("webhook", one, secret=MADE),
        make("sms", "+86 139-0000-0001"),
        make("webhook", other, secret="whsec_other"),
        make("webhook", one, secret=GIVEN),
    ]
    assert maker.made == [NewSecret(ContactId("h/wei"), 0, MADE)]
