"""What each format reads: its fixture, message by message, and laws that hold for all of them."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.codecs.wire import Limits, Unreadable
from tests.unit.codecs.fixtures import NOW, PAYLOADS, read_cases, show
from tests.unit.codecs.test_laws import fit_to_be_stored, payloads

EVERY = pytest.mark.parametrize("name", sorted(FORMAT_MAKERS))


def is_json(payload: bytes) -> bool:
    """Whether a message holds an object or a list: some calls for help are read though they are no JSON."""
    try:
        return isinstance(json.loads(payload), dict | list)
    except ValueError:
        return False


def test_every_fixture_is_of_a_format() -> None:
    assert {path.stem for path in PAYLOADS.iterdir()} == set(FORMAT_MAKERS)


@EVERY
def test_messages_are_read_as_the_fixture_says(name: str) -> None:
    form = FORMAT_MAKERS[name]()
    assert form.name == name
    cases = read_cases(name)
    assert any(case.reports for case in cases)
    for case in cases:
        assert form.covers(case.topic), case.topic
        try:
            found = [show(one) for one in form.open(case.topic, case.payload, NOW, case.limits)]
        except Unreadable as refusal:
            assert case.unreadable == refusal.reason, (case.title, refusal)  # noqa: PT017 -- some are lawfully refused
        else:
            assert case.unreadable is None, (case.title, found)
            assert found == case.expected, case.title


@EVERY
def test_a_format_knows_its_own_messages_and_no_other_makers(name: str) -> None:
    form = FORMAT_MAKERS[name]()
    for other in FORMAT_MAKERS:
        decoded = [json.loads(one.payload) for one in read_cases(other) if one.unreadable is None and is_json(one.payload)]
        known = [form.recognises(one) for one in decoded]
        assert any(known) == (other == name) or not decoded, f"messages of {other}: {known}"
    others: list[object] = [{"volume_m3": 1.0}, [], None, "x", {"alarm": "sos"}, 5]
    assert not any(form.recognises(one) for one in others)


@EVERY
@settings(max_examples=60)
@given(payload=payloads)
def test_junk_is_refused_or_read(name: str, payload: bytes) -> None:
    form = FORMAT_MAKERS[name]()
    for topic in {case.topic for case in read_cases(name)}:
        try:
            reports = form.open(topic, payload, NOW, Limits())
        except Unreadable as refusal:
            assert refusal.reason  # noqa: PT017 -- either way is lawful
            continue
        assert len(reports) <= Limits().max_reports
        for one in reports:
            fit_to_be_stored(one.readings)


@EVERY
@settings(max_examples=100)
@given(strange=st.text(min_size=1, max_size=12), at=st.integers(min_value=0, max_value=40))
def test_an_unknown_name_changes_no_reading(name: str, strange: str, at: int) -> None:
    objects = [one for one in read_cases(name) if one.reports and one.payload[:1] == b"{" and is_json(one.payload)]
    if not objects or strange.isascii() is False or strange[:1].isdigit():
        return
    case = objects[at % len(objects)]
    message = json.loads(case.payload)
    message.setdefault(f"x_{strange}", 7)
    form = FORMAT_MAKERS[name]()
    for before in read_cases(name):
        if before.title == case.title:
            break
        with suppress(Unreadable):
            form.open(before.topic, before.payload, NOW, before.limits)
    found = [show(one) for one in form.open(case.topic, json.dumps(message).encode(), NOW, case.limits)]
    assert [one["readings"] for one in found] == [one["readings"] for one in case.expected]
