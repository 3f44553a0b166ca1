"""What differs between two tables of a home, and the masks on it."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.actions.shown_homes import mask_difference, mask_home
from homebeat.domain.role import Field
from homebeat.registry.home_difference import ORDER, HomeDifference, compare_homes

LIN = {"id": "1", "name": "Lin", "phone": "139-0000-0001", "channels": [{"kind": "sms", "phone": "139-0000-0001"}]}
PLUM = {"id": "2", "name": "Plum", "channels": []}
HOME: dict[str, Any] = {
    "id": "h",
    "address": "7 Lane",
    "position": {"lat": 1.0, "lon": 2.0},
    "residents": [{"id": "r", "name": "Chen", "birth_year": 1940, "phone": "139-0000-0002", "notes": "deaf"}],
    "contacts": [LIN, PLUM],
    "devices": [{"id": "b", "kind": "wristband"}],
    "away": [{"from": "2026-03-01T00:00:00+00:00", "reason": "at her son's"}],
}


def test_what_stays_is_left_out_and_what_differs_is_named_by_whose_it_is() -> None:
    assert compare_homes(HOME, HOME) == []
    after = {**HOME, "contacts": [PLUM, {**LIN, "phone": "139-0000-0009", "holds_key": True}], "plan": "night"}
    assert compare_homes(HOME, after) == [
        HomeDifference("plan", "", "", None, "night"),
        HomeDifference("contacts", "Lin", "phone", "139-0000-0001", "139-0000-0009", "1"),
        HomeDifference("contacts", "Lin", "holds_key", None, True, "1"),
        HomeDifference("contacts", "", ORDER, ["Lin", "Plum"], ["Plum", "Lin"]),
    ]


def test_who_came_and_who_went_is_there_with_all_that_was_known() -> None:
    gone = compare_homes(HOME, {**HOME, "contacts": [LIN]})
    assert [(one.entry, one.field, one.before, one.after) for one in gone] == [
        ("Plum", "name", "Plum", None),
        ("Plum", "channels", [], None),
        ("Plum", "id", "2", None),
    ]


def test_addresses_of_channels_are_shown_to_nobody() -> None:
    shown = mask_home(HOME, frozenset())
    assert shown["contacts"][0]["channels"] == [{"kind": "sms", "phone": "[hidden]"}]
    assert {**shown, "contacts": HOME["contacts"]} == HOME
    other = [{"kind": "sms", "phone": "139-0000-0008"}]
    found = mask_difference(HomeDifference("contacts", "Lin", "channels", LIN["channels"], other), frozenset())
    assert "139-0000" not in str(found)
    assert found.before == found.after


@pytest.mark.parametrize(
    ("hidden", "gone"),
    [
        (Field.NAME, ["Chen", "1940"]),
        (Field.ADDRESS, ["7 Lane", "1.0", "at her son's"]),
        (Field.PHONE, ["139-0000-0001", "139-0000-0002"]),
        (Field.CONTACTS, ["Lin", "Plum", "139-0000-0001"]),
        (Field.HABITS, ["2026-03-01", "at her son's"]),
        (Field.NOTES, ["deaf"]),
    ],
)
def test_what_is_hidden_stands_in_no_table_and_in_no_difference(hidden: Field, gone: list[str]) -> None:
    fields = frozenset({hidden})
    differences = [*compare_homes({}, HOME), *compare_homes(HOME, {})]
    for shown in (mask_home(HOME, fields), [mask_difference(one, fields) for one in differences]):
        assert [text for text in gone if text in str(shown)] == []
    assert all(text in str([mask_difference(one, frozenset()) for one in differences]) for text in gone)
