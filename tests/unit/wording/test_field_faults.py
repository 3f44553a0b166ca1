"""What is wrong with a field is explained in both languages."""

from __future__ import annotations

import pytest

from homebeat.domain.channel import CHANNELS, CONTACT_CHANNELS
from homebeat.domain.fleet import Fleet
from homebeat.registry.home_fields import FieldRules, read_home
from homebeat.wording import Language, Wording
from homebeat.wording.field_faults import OTHERWISE, explain_fault

#: What no parameter of any channel may be.
WRONG = {"success": "yes", "headers": "x", "method": "SEND", "retry": "; ;", "final": " ; ", "body": "{nothing}"}
CONTACTS = [
    {"quiet_from": "25:00", "quiet_to": "07:00"},
    {"quiet_from": "22:00", "quiet_to": "22:00"},
    {"quiet_from": "22:00"},
    {"quiet_from": "22:00", "quiet_to": "07:00", "quiet_for": ["critical"]},
    {"is_resident": True, "wants_daily": True},
    {"is_resident": True, "is_representative": True},
    {"channels": [{"kind": "sms", "phone": "139-0000-0001", "success": "/a = 1"}]},
    {"channels": [{"kind": "", "address": "x"}]},
    *(
        {"channels": [{"kind": kind, **{known.name: WRONG.get(known.name, "\u4e2d x") for known in CHANNELS[kind].parameters}}]}
        for kind in CONTACT_CHANNELS
    ),
]


@pytest.mark.parametrize("contact", CONTACTS, ids=str)
def test_each_fault_of_a_contact_has_a_sentence_of_its_own(contact: dict[str, object]) -> None:
    tree = {"id": "h", "area": "", "timezone": "UTC", "residents": [], "contacts": [{"name": "Lin", **contact}], "devices": []}
    faults = [text for place, text in read_home(tree, Fleet((), ()), FieldRules())[1] if place[0] == "contacts"]
    assert faults
    for words in map(Wording, Language):
        assert [text for text in faults if explain_fault(text, words) == words.text(OTHERWISE)] == []
