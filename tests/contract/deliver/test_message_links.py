"""The family's links, from the claim of a notice to what opens its page: on both databases."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from homebeat.actions import Perform, RevokeFamilyLinks
from homebeat.actions.family import FamilyState, read_family_sight
from homebeat.actions.identify import LinkCaller, identify_family
from homebeat.deliver import StoreOutbox
from homebeat.domain.alert import Alert, Outcome, resolve
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.contact_id import derive_own_id, make_contact_id
from homebeat.domain.errors import NotFound, NotPermitted
from homebeat.domain.fleet import Area, Channel, Contact, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, ContactId, HouseholdId, ResidentId
from homebeat.domain.notice import COMMAND, Notice
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.identity.message_link import LINK_LASTS_MS, digest_link_token
from homebeat.store import Attempt, Keep, Leased, Store
from homebeat.store.alert.writes import AlertWrites
from tests.contract.deliver.street import HOME, SECRET, a_notice, an_alert, lay_down
from tests.people import add_family_link, person
from tests.unit.deliver.fakes import NOON

BASE = "https://care.example"
WHO = ContactId("contact-0")
BAD = Attempt(NOON, 12, ok=False, status=500, error="the receiver answered 500", next_due_at=NOON + 5_000)


@pytest.fixture
def alert(store: Store) -> Alert:
    found = lay_down(store, NOON, ["https://a.example/", "https://b.example/"])
    with store.begin() as tx:
        tx.outbox.add([a_notice(found.id, "contact-0", NOON), a_notice(found.id, "contact-1", NOON)], NOON)
    return found


def port(store: Store, base: str = BASE) -> StoreOutbox:
    return StoreOutbox(store, "here", family_base=base)


def tokens_of(claimed: Sequence[Leased]) -> list[str]:
    """Of each notice, in the order of contacts."""
    links = [str(notice.payload["link"]) for notice in sorted(claimed, key=lambda notice: notice.contact)]
    assert all(link.startswith(f"{BASE}/f/") for link in links)
    return [link.removeprefix(f"{BASE}/f/") for link in links]


def identify(store: Store, token: str, now: int = NOON) -> LinkCaller | None:
    return identify_family(store, token, now)


def count_links(store: Store) -> int:
    with store._database.begin_read() as connection:
        return connection.scalar(text("SELECT count(*) FROM message_link")) or 0


def test_what_is_sent_to_a_contact_carries_a_link_of_their_own(store: Store, alert: Alert) -> None:
    claimed = port(store).claim(NOON, 10)
    tokens = tokens_of(claimed)
    assert [len(token) for token in tokens] == [43, 43]
    for notice, token in zip(sorted(claimed, key=lambda notice: notice.contact), tokens, strict=True):
        caller = identify(store, token)
        assert caller is not None
        assert (caller.principal.actor.name, caller.alert, caller.ends_at) == (notice.contact, alert.id, NOON + LINK_LASTS_MS)
        assert caller.principal.linked == alert.subject
        assert read_family_sight(store, caller, lambda: NOON).state is FamilyState.ATTENTION
        assert token not in repr(notice)


def test_the_token_is_stored_nowhere(store: Store, alert: Alert) -> None:
    (token, _) = tokens_of(port(store).claim(NOON, 10))
    tables = ["message_link", "outbox", "delivery", "audit", "meta", "heartbeat", "change"]
    with store._database.begin_read() as connection:
        stored = str([tuple(row) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))])
    assert digest_link_token(token) in stored
    assert token not in stored
    assert len(token) * 6 >= 256


def test_without_a_public_address_the_link_stays_that_of_the_desk(store: Store, alert: Alert) -> None:
    with store.begin() as tx:
        notice = replace(a_notice(alert.id, "contact-0", NOON + 1), payload={"link": f"{BASE}/?alert={alert.id}"})
        tx.outbox.add([notice], NOON)
    links = {notice.payload.get("link") for notice in port(store, "").claim(NOON, 10)}
    assert links == {None, f"{BASE}/?alert={alert.id}"}
    assert count_links(store) == 0


def test_a_question_to_a_band_and_a_contact_without_the_channel_get_none(store: Store, alert: Alert) -> None:
    port(store).claim(NOON, 10)
    before = count_links(store)
    asked = Notice(alert.id, ContactId("band-1"), COMMAND, 0, "command.ask", NOON, {"expires_at": "x"}, "asked")
    with store.begin() as tx:
        tx.outbox.add([asked, replace(a_notice(alert.id, "contact-0", NOON + 1), channel_index=7)], NOON)
    assert all("link" not in notice.payload for notice in port(store).claim(NOON, 10))
    assert count_links(store) == before


def test_a_retry_makes_a_new_link_and_the_older_one_goes_on(store: Store, alert: Alert) -> None:
    outbox = port(store)
    first = outbox.claim(NOON, 10)
    for notice in first:
        outbox.settle(notice, BAD)
    second = outbox.claim(NOON + 5_000, 10)
    assert {notice.id for notice in first} == {notice.id for notice in second}
    tokens = tokens_of(first) + tokens_of(second)
    assert len(set(tokens)) == 4
    assert all(identify(store, token, NOON + 5_000) for token in tokens)
    assert identify(store, tokens[0], NOON + LINK_LASTS_MS) is None
    assert identify(store, tokens[2], NOON + LINK_LASTS_MS) is not None


def test_nobody_is_told_later_because_a_link_cannot_be_stored(
    store: Store, alert: Alert, caplog: pytest.LogCaptureFixture
) -> None:
    with store._database.begin_write() as connection:
        connection.execute(text("CREATE UNIQUE INDEX one_at_a_time ON message_link (made_at)"))
    with caplog.at_level(logging.ERROR):
        claimed = port(store).claim(NOON, 10)
    assert {notice.contact for notice in claimed} == {"contact-0", "contact-1"}
    assert all("link" not in notice.payload for notice in claimed)
    assert "messages go without links of their own" in caplog.text
    assert port(store).settle(claimed[0], replace(BAD, ok=True, error="", next_due_at=None)) == "delivered"


# ---------------------------------------------------------------- whose link it is


def enrol(store: Store, *people: Contact, home: HouseholdId = HOME) -> None:
    homes = (
        Household(home, AreaId("area-1"), "Asia/Shanghai", residents=(Resident(ResidentId("resident-1"), "R"),), contacts=people),
    )
    with store.begin() as tx:
        tx.fleet.apply(Fleet((Area(AreaId("area-1"), "Area"),), homes), NOON)


def contact(own: str) -> Contact:
    return Contact(ContactId(own), "Lin", "child", (Channel("webhook", {"url": "https://a.example/", "secret": SECRET}),))


def test_the_links_of_a_contact_who_left_are_dead_and_live_again_when_they_come_back(store: Store, alert: Alert) -> None:
    token = tokens_of(port(store).claim(NOON, 10))[0]
    enrol(store)
    assert identify(store, token) is None
    enrol(store, contact("contact-0"))
    assert identify(store, token) is not None


def test_a_link_goes_with_a_contact_who_is_given_an_id(store: Store) -> None:
    lay_down(store, NOON, [])
    old = make_contact_id(HOME, derive_own_id("Lin"))
    enrol(store, replace(contact(""), id=old))
    token = add_family_link(store, an_alert(store, NOON, "fall").id, old, NOON)
    given = make_contact_id(HOME, "daughter")
    enrol(store, replace(contact(""), id=given))
    caller = identify(store, token)
    assert caller is not None
    assert caller.principal.actor.name == given


def test_who_is_of_another_home_now_sees_nothing_of_the_first(store: Store, alert: Alert) -> None:
    token = tokens_of(port(store).claim(NOON, 10))[0]
    with store._database.begin_write() as connection:
        copy_home(connection)
        connection.execute(text("UPDATE contact SET household = 'home-2' WHERE id = 'contact-0'"))
    assert identify(store, token) is None


def copy_home(connection: Any) -> None:
    """A second home, with the columns of the first."""
    row = dict(connection.execute(text("SELECT * FROM household")).mappings().one()) | {"id": "home-2"}
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO household ({names}) VALUES ({', '.join(':' + name for name in row)})"), row)


def test_the_token_of_one_alert_opens_no_other(store: Store, alert: Alert) -> None:
    mine = tokens_of(port(store).claim(NOON, 10))[0]
    other = an_alert(store, NOON, "fall")
    theirs = add_family_link(store, other.id, WHO, NOON)
    found = [identify(store, token) for token in (mine, theirs)]
    assert [None if one is None else one.alert for one in found] == [alert.id, other.id]
    for wrong in ("", mine[:-1], mine + "x", mine.swapcase(), digest_link_token(mine), "\ud800", "' OR 1=1 --"):
        assert identify(store, wrong) is None


def test_a_caller_reads_in_the_area_of_the_home_and_no_alert_but_theirs(store: Store, alert: Alert) -> None:
    caller = identify(store, tokens_of(port(store).claim(NOON, 10))[0])
    assert caller is not None
    assert {grant.area for grant in caller.principal.grants} == {"area-1"}
    with pytest.raises(NotFound):
        read_family_sight(store, replace(caller, principal=replace(caller.principal, linked=None)), lambda: NOON)


# ---------------------------------------------------------------- ending them


def test_ending_the_links_of_a_contact_ends_theirs_alone(store: Store, alert: Alert) -> None:
    mine, theirs = tokens_of(port(store).claim(NOON, 10))
    perform = Perform(store, lambda: NOON + 1)
    nurse = person("nurse", "nurse", "area-1")
    ask = RevokeFamilyLinks(ResidentId("resident-1"), WHO)
    with pytest.raises(NotPermitted):
        perform(person("chen", "desk", "area-1"), ask)
    for who, what in (
        (person("far", "nurse", "area-9"), ask),
        (nurse, replace(ask, resident=ResidentId("resident-9"))),
        (nurse, replace(ask, contact=ContactId("contact-9"))),
    ):
        with pytest.raises(NotFound):
            perform(who, what)
    assert identify(store, mine) is not None
    assert [perform(nurse, ask), perform(nurse, ask)] == [1, 0]
    assert (identify(store, mine), identify(store, theirs) is not None) == (None, True)
    with store.read(EVERYTHING) as reader:
        row = reader.audit.read_page(2).items[-1]
    assert (row.actor, row.action, row.about, dict(row.detail)) == (
        "user:nurse", "revoke_family_links", "resident:resident-1", {"contact": WHO, "links": 1},
    )  # fmt: skip
    assert identify(store, add_family_link(store, alert.id, WHO, NOON + 2), NOON + 2) is not None


def test_what_can_be_ended_is_counted_in_the_scope(store: Store, alert: Alert) -> None:
    port(store).claim(NOON, 10)
    add_family_link(store, alert.id, WHO, NOON)
    both = [WHO, ContactId("contact-1")]
    for scope, now, expected in (
        (Scope(frozenset({AreaId("area-1")})), NOON, {WHO: 2, "contact-1": 1}),
        (Scope(frozenset({AreaId("area-9")})), NOON, {}),
        (EVERYTHING, NOON + LINK_LASTS_MS, {}),
    ):
        with store.read(scope) as reader:
            assert reader.message_links.count_valid(both, now) == expected


def prune(store: Store, keep: Keep, now: int) -> None:
    with store.begin() as tx:
        while tx.retention.prune(keep, now):
            pass


def test_links_go_when_they_are_over_and_with_their_alert(store: Store, alert: Alert) -> None:
    nothing = Keep(None, None, None, None, None, None)
    port(store).claim(NOON, 10)
    prune(store, nothing, NOON + LINK_LASTS_MS)
    assert count_links(store) == 2
    with store.begin() as tx:
        AlertWrites(tx).apply(*resolve(alert, NOON + 1, "user:li", Outcome.FINE))
    prune(store, replace(nothing, alerts=timedelta(hours=1)), NOON + 7_200_000)
    assert count_links(store) == 0
    again = an_alert(store, NOON, "fall")
    add_family_link(store, again.id, WHO, NOON)
    prune(store, nothing, NOON + LINK_LASTS_MS + 1)
    assert count_links(store) == 0


def test_a_look_is_on_record_under_the_id_of_the_contact(store: Store, alert: Alert) -> None:
    caller = identify(store, tokens_of(port(store).claim(NOON, 10))[0])
    assert caller is not None
    sight = read_family_sight(store, caller, lambda: NOON + 7)
    assert (sight.names, sight.reason, sight.readings, sight.litres) == (("R",), None, (), None)
    with store.read(EVERYTHING) as reader:
        (row,) = [row for row in reader.audit.read_page(10).items if row.action == "look" and row.about.startswith("alert:")]
    assert (row.at, row.actor, row.role, row.about) == (NOON + 7, "contact:contact-0", "family", f"alert:{alert.id}")
    assert dict(row.detail) == {"fields": "name"}
    assert "R" not in json.dumps(dict(row.detail))


YES, NO = True, False
DECIDED: dict[str, tuple[list[tuple[Purpose, bool]], bool]] = {
    "nothing": ([], False),
    "agreed": ([(Purpose.FAMILY_VALUES, YES)], True),
    "withdrawn": ([(Purpose.FAMILY_VALUES, YES), (Purpose.FAMILY_VALUES, NO)], False),
    "agreed again": ([(Purpose.FAMILY_VALUES, NO), (Purpose.FAMILY_VALUES, YES)], True),
    "no water": ([(Purpose.FAMILY_VALUES, YES), (Purpose.WATER, NO)], False),
    "no band": ([(Purpose.FAMILY_VALUES, YES), (Purpose.BAND, NO)], False),
}


@pytest.mark.parametrize("case", DECIDED)
def test_the_sentence_is_shown_where_values_were_agreed(case: str, store: Store, alert: Alert) -> None:
    decisions, is_shown = DECIDED[case]
    for at, (purpose, agreed) in enumerate(decisions):
        paper = ConsentDecision(ResidentId("resident-1"), purpose, agreed, date(2026, 2, 1), "folder 12", "user:nurse", NOON + at)
        with store.begin() as tx:
            tx.consents.add(paper)
    caller = identify(store, tokens_of(port(store).claim(NOON, 10))[0])
    assert caller is not None
    assert read_family_sight(store, caller, lambda: NOON).reason == (alert.reason if is_shown else None)


def test_an_alert_about_the_whole_home_names_everybody(store: Store, alert: Alert) -> None:
    whole = replace(alert.subject, resident=None)
    with store._database.begin_write() as connection:
        connection.execute(text("UPDATE alert SET resident = NULL WHERE id = :id"), {"id": alert.id})
    caller = identify(store, add_family_link(store, alert.id, WHO, NOON))
    assert caller is not None
    assert caller.principal.linked == whole
    sight = read_family_sight(store, caller, lambda: NOON)
    assert (sight.names, sight.reason) == (("R",), None)
