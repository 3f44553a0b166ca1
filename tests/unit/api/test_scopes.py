"""Two desks of two communities: neither learns anything of the other, at the API and on the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.api.event_ids import EventIds
from homebeat.domain.alert import Alert, Desk, Outcome, Reason, Subject, TransitionKind, resolve
from homebeat.domain.fleet import Area, Fleet
from homebeat.domain.ids import AreaId, ContactId, DeviceId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.domain.notice import Notice
from homebeat.domain.principal import Grant
from homebeat.domain.scope import Scope
from homebeat.store import Attempt
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_account, add_key, sign_in
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.serving import serving
from tests.unit.api.street import NOON, Clock, Street, fleet
from tests.unit.api.test_stream import Listener, is_alert, is_tick
from tests.unit.console.fixtures import console_app

#: Homes from here on are those of the community `other`; the ones before are in `lane`.
FIRST_OF_OTHER = 6
HOMES = 12
BAND = "nobodys-band"
LISTS = (
    "/api/v1/alerts",
    "/api/v1/alerts?open=true",
    "/api/v1/alerts?open=true&area=town",
    "/api/v1/alerts?open=false",
    "/api/v1/alerts?order=newest",
    "/api/v1/digest",
    "/api/v1/residents",
    "/api/v1/residents?area=town",
    "/api/v1/households",
    "/api/v1/devices",
    "/api/v1/quarantine",
    "/api/v1/deliveries",
)


def move(street: Street, first_of_other: int = FIRST_OF_OTHER) -> None:
    """Let the homes from this one on lie in the other community."""
    now = fleet(HOMES)
    homes = tuple(replace(h, area=AreaId("other")) if n >= first_of_other else h for n, h in enumerate(now.households))
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet((*now.areas, Area(AreaId("empty"), "Nobody lives here")), homes), NOON)


def find_homes(text: str) -> set[int]:
    """The numbers of all homes, residents and devices that a text names."""
    return {int(number) for number in re.findall(r"\b[hrmb]-(\d+)\b", text)}


def number(alert: Alert) -> int:
    return int((alert.subject.household or "h--1").removeprefix("h-"))


@pytest.fixture
def two(street: Street) -> Street:
    """Two communities with the same of everything."""
    move(street)
    for n in range(HOMES):
        alert = street.sos(n)
        street.drift("steps_drift", n)
        closed = street.open("no_water", n)
        step = Notice(
            alert.id, ContactId(f"h-{n}/plum"), "webhook", 0, "alert.opened", NOON, {"alert_id": alert.id}, f"cause-{n}"
        )
        street.readings(f"m-{n}", Metric.VOLUME_M3, [(NOON - 1_000, 1.0)])
        with street.store.begin() as tx:
            topic = f"homebeat/v1/b-{n}/readings"
            tx.quarantine.add([Quarantined(topic, f"from b-{n}".encode(), NOON, QuarantineReason.DEFECT, f"b-{n}")])
            tx.outbox.add([step], NOON)
            for leased in tx.outbox.claim(NOON, "one", 100, 1_000):
                tx.outbox.settle(leased.id, "one", Attempt(NOON, 1, ok=False, next_due_at=NOON - 1_000 * n))
        street.opened_alerts.remove(closed)
        close(street, closed)
    for name, area in (("lane", "lane"), ("other", "other"), ("town", "town"), ("both", "lane"), ("gone", "empty")):
        add_key(street.store, name, "supervisor", area=area, at=NOON)
    with street.store.begin() as tx:
        tx.accounts.give("key:both", Grant("supervisor", AreaId("other")), "command:test", NOON)
    add_key(street.store, "whole", "supervisor", at=NOON)
    return street


def close(street: Street, alert: Alert) -> None:
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(alert, NOON, "user:ann", Outcome.FINE))


@pytest.fixture
def app(two: Street, clock: Clock) -> Iterator[TestClient]:
    with web(create_app(api_context(two.store, clock, tick_s=0.1))) as browser:
        yield browser


def ask(app: TestClient, who: str, path: str, method: str = "GET", **more: Any) -> Any:
    return app.request(method, path, headers={"Authorization": f"Bearer {who}"}, **more)


def read_list(app: TestClient, who: str, path: str, limit: int = 200) -> str:
    """Every page of a list."""
    found, cursor = "", ""
    while True:
        join = "&" if "?" in path else "?"
        answer = ask(app, who, f"{path}{join}limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status_code == 200, answer.text
        text: str = answer.text
        found += text
        cursor = answer.json()["next_cursor"]
        if not cursor:
            return found


LANE, OTHER = set(range(FIRST_OF_OTHER)), set(range(FIRST_OF_OTHER, HOMES))


@pytest.mark.parametrize("limit", [200, 2])
def test_a_list_names_the_homes_of_its_desk_and_no_other(app: TestClient, limit: int) -> None:
    desks = {"whole": LANE | OTHER, "lane": LANE, "other": OTHER, "both": LANE | OTHER, "town": LANE | OTHER, "gone": set[int]()}
    for path in LISTS:
        assert {who: find_homes(read_list(app, who, path, limit)) for who in desks} == desks, path


def test_a_cursor_of_the_other_desk_shows_nothing_of_it(app: TestClient) -> None:
    for path in (path for path in LISTS if "area" not in path):
        join = "&" if "?" in path else "?"
        cursor = ask(app, "other", f"{path}{join}limit=1").json()["next_cursor"]
        found = ask(app, "lane", f"{path}{join}limit=200&cursor={cursor}")
        assert found.status_code == 200, path
        assert find_homes(found.text) <= LANE, path


def find_things(two: Street, n: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Every address about one home, with what can be asked of it: method, path, body."""
    (alert,) = (a for a in two.opened_alerts if a.rule == "sos" and number(a) == n)
    gets = (
        f"alerts/{alert.id}",
        f"residents/r-{n}",
        f"residents/r-{n}/limits",
        f"households/h-{n}",
        f"devices/m-{n}",
        f"devices/m-{n}/readings",
    )
    acts = {"acknowledge": {}, "release": {}, "reopen": {}, "resolve": {"outcome": "fine"}, "note": {"note": "hello"}}
    return [
        *(("GET", f"/api/v1/{path}", {}) for path in gets),
        *(("POST", f"/api/v1/alerts/{alert.id}/{act}", body) for act, body in acts.items()),
        ("PUT", f"/api/v1/residents/r-{n}/limits", {"false_alarms_a_month": 1}),
    ]


def test_what_lies_outside_is_answered_like_what_does_not_exist(app: TestClient, two: Street) -> None:
    (alert,) = (a for a in two.opened_alerts if a.rule == "sos" and number(a) == FIRST_OF_OTHER)
    for method, path, body in find_things(two, FIRST_OF_OTHER):
        more = {"json": body} if method != "GET" else {}
        there = ask(app, "lane", path, method, **more)
        nowhere = path.replace(alert.id, "a" + "0" * 20).replace(f"-{FIRST_OF_OTHER}", "-999")
        nothing = ask(app, "lane", nowhere, method, **more)
        assert (there.status_code, nothing.status_code) == (404, 404), path
        assert forget_path(there.json()) == forget_path(nothing.json())
        assert dict(there.headers) | {"content-length": ""} == dict(nothing.headers) | {"content-length": ""}
    assert two.alert(alert.id) == alert
    for method, path, _ in find_things(two, 0):
        if method == "GET":
            assert ask(app, "lane", path).status_code == 200, path


def forget_path(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "instance"}


def test_filters_find_nothing_outside(app: TestClient) -> None:
    for query in (
        "alerts?household=h-7",
        "alerts?resident=r-7",
        "devices?household=h-7",
        "alerts?area=other",
        "residents?area=other",
    ):
        found = ask(app, "lane", f"/api/v1/{query}")
        assert (found.status_code, found.json()["items"]) == (200, []), query
        assert ask(app, "other", f"/api/v1/{query}").json()["items"], query


def test_counts_are_of_the_desk(app: TestClient) -> None:
    for who, homes in (("whole", 12), ("lane", 6), ("other", 6), ("both", 12), ("gone", 0)):
        outcomes = ask(app, who, "/api/v1/outcomes").json()
        assert sum(one["closed"] for one in outcomes["items"]) == homes, who
        evidence = ask(app, who, "/api/v1/evidence?from=2026-02-01&until=2026-04-01").json()
        assert evidence["residents"] == homes, who
        models = ask(app, who, "/api/v1/evidence/models?from=2026-02-01&until=2026-04-01").json()["models"]
        assert max((one["homes"] for one in models), default=0) == homes, who
        figures = ask(app, who, "/metrics").text
        assert read_figure(figures, 'homebeat_open_alerts{priority="critical",queue="care"}') == homes, who
        assert sum(read_figure(figures, f'homebeat_residents{{state="{s}"}}') for s in ("active", "quiet", "unknown")) == homes
        assert read_figure(figures, "homebeat_outbox_waiting") == homes, who
        assert read_figure(figures, 'homebeat_quarantined{reason="defect"}') == homes, who
        assert ("homebeat_http_requests_total" in figures) is (who == "whole")
        assert ("homebeat_messages_total" in figures) is (who == "whole")


def read_figure(figures: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", figures, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_what_is_of_the_whole_installation_takes_a_role_in_all_of_it(app: TestClient) -> None:
    assert ask(app, "whole", "/api/v1/ledger").status_code == 200
    refused = ask(app, "lane", "/api/v1/ledger")
    assert refused.status_code == 403
    assert "whole installation" in refused.json()["detail"]


def test_an_alert_about_no_home_is_at_every_desk_but_that_of_nobody(app: TestClient, two: Street) -> None:
    alert = two.open_about(
        Subject(device=DeviceId(BAND)), "unregistered_alarm", Reason("unregistered_alarm", {"since_at": NOON}), Desk.CARE
    )
    for who in ("whole", "lane", "other", "both"):
        assert ask(app, who, f"/api/v1/alerts/{alert.id}").status_code == 200
        assert alert.id in read_list(app, who, "/api/v1/alerts?open=true")
        assert alert.id in read_list(app, who, "/api/v1/alerts?open=true&area=lane")


def test_a_message_of_nobody_is_seen_without_what_it_says(app: TestClient, two: Street) -> None:
    with two.store.begin() as tx:
        said = Quarantined(
            f"homebeat/v1/{BAND}/readings", b'{"spo2_pct": 71}', NOON, QuarantineReason.UNKNOWN_DEVICE, "71 is low"
        )
        tx.quarantine.add([said])
    for who, shown in (("whole", '{"spo2_pct": 71}'), ("lane", ""), ("gone", "")):
        (item,) = (i for i in ask(app, who, "/api/v1/quarantine").json()["items"] if BAND in i["topic"])
        assert item["payload"] == shown
        assert ("71" in item["detail"]) is bool(shown)


def test_a_home_that_moves_takes_its_open_alerts_along_and_leaves_the_others(app: TestClient, two: Street) -> None:
    move(two, first_of_other=5)
    standing = ask(app, "other", "/api/v1/alerts?household=h-5&open=true").json()["items"]
    assert [item["rule"] for item in standing] == ["sos"]
    assert ask(app, "lane", "/api/v1/alerts?household=h-5&open=true").json()["items"] == []
    (closed,) = ask(app, "lane", "/api/v1/alerts?household=h-5&open=false").json()["items"]
    with two.store.read(Scope(frozenset({AreaId("lane")}))) as reader:
        detail = reader.alerts.get(closed["alert_id"])
    assert detail is not None
    assert (detail.entry.resident_name, detail.entry.address, detail.entry.area) == ("", "", "lane")
    assert ask(app, "other", "/api/v1/alerts?household=h-5&open=false").json()["items"] == []
    assert ask(app, "lane", "/api/v1/residents/r-5").status_code == 404
    assert ask(app, "other", "/api/v1/residents/r-5").status_code == 200


def test_an_area_that_moves_moves_the_scope_with_the_next_request(app: TestClient, two: Street) -> None:
    assert ask(app, "town", "/api/v1/residents/r-7").status_code == 200
    now = fleet(HOMES)
    areas = (*(replace(area, parent=None) if area.id == "other" else area for area in now.areas), Area(AreaId("empty"), "Nobody"))
    homes = tuple(replace(h, area=AreaId("other")) if n >= FIRST_OF_OTHER else h for n, h in enumerate(now.households))
    with two.store.begin() as tx:
        tx.fleet.apply(Fleet(areas, homes), NOON)
    assert ask(app, "town", "/api/v1/residents/r-7").status_code == 404
    assert ask(app, "town", "/api/v1/residents/r-1").status_code == 200
    assert find_homes(read_list(app, "town", "/api/v1/alerts?open=true")) == LANE


def test_a_role_that_is_taken_away_ends_what_is_seen_at_once(app: TestClient, two: Street) -> None:
    with two.store.begin() as tx:
        tx.accounts.take("key:both", Grant("supervisor", AreaId("other")))
    assert find_homes(read_list(app, "both", "/api/v1/alerts")) == LANE


# ---------------------------------------------------------------- the live stream


def listen(address: str, who: str, **more: str) -> Listener:
    listener = Listener(address, Authorization=f"Bearer {who}", **more)
    listener.until(is_tick)
    return listener


def test_a_stream_has_the_changes_of_its_desk_and_no_trace_of_others(two: Street, clock: Clock) -> None:
    with serving(two, clock) as (address, _):
        lane, other = listen(address, "lane"), listen(address, "other")
        first = two.step(find_sos(two, 1), TransitionKind.CLEARED, Reason("help_cancelled", {"at": NOON}))
        before = lane.until(is_alert(first.id, 2))["id"]
        for n in range(FIRST_OF_OTHER, HOMES):
            two.step(find_sos(two, n), TransitionKind.CLEARED, Reason("help_cancelled", {"at": NOON}))
        other.until(is_alert(find_sos(two, HOMES - 1).id, 2))
        second = two.step(find_sos(two, 2), TransitionKind.CLEARED, Reason("help_cancelled", {"at": NOON}))
        after = lane.until(is_alert(second.id, 2))["id"]
        heard = {n for event in lane.events for n in find_homes(str(event.get("data")))}
        assert heard == {1, 2}
        assert not any(find_homes(str(event.get("data"))) & LANE for event in other.events)
        # an id is no number that could be counted on
        assert not before.isdigit()
        assert not after.isdigit()
        # from the beginning, and from an id of the other desk: still its own alone
        theirs = next(event["id"] for event in other.events if "id" in event)
        for resumed in (listen(address + "?after=0", "lane"), listen(address, "lane", **{"Last-Event-ID": theirs})):
            resumed.until(is_alert(second.id, 2))
            assert {n for event in resumed.events for n in find_homes(str(event.get("data")))} <= LANE


def find_sos(two: Street, n: int) -> Alert:
    return next(a for a in two.opened_alerts if a.rule == "sos" and number(a) == n)


def test_ids_of_events_are_read_back_and_show_no_order() -> None:
    ids = EventIds(4_711)
    written = [ids.write(n) for n in (0, 1, 2, 3, 2**31, 2**40, 2**63 - 1)]
    assert [ids.read(text) for text in written] == [0, 1, 2, 3, 2**31, 2**40, 2**63 - 1]
    assert len(set(written)) == len(written)
    assert [EventIds(-4_711).write(n) for n in range(3)] != [ids.write(n) for n in range(3)]
    many = [ids.write(n) for n in range(1_000)]
    rises = sum(one < two for one, two in pairwise(many))
    assert 400 < rises < 600
    for junk in ("", "0", "4711", "x", "é" * 22, "=" * 22, "a" * 22, "a" * 21, "a" * 23, "....", "+/" * 11):
        assert ids.read(junk) is None, junk


@pytest.mark.parametrize("asked", ["4711", "junk", "AAAAAAAAAAA"])
def test_an_id_that_nobody_has_given_is_a_reset(two: Street, clock: Clock, asked: str) -> None:
    with serving(two, clock) as (address, _):
        listener = Listener(address, Authorization="Bearer lane", **{"Last-Event-ID": asked})
        reset = listener.until(lambda event: event.get("event") == "reset")
    assert reset["data"] == {"newest": reset["id"]}


# ---------------------------------------------------------------- the pages


@pytest.fixture
def guest(two: Street, clock: Clock) -> Iterator[TestClient]:
    add_account(two.store, "lin", "supervisor@lane", at=NOON)
    add_account(two.store, "wei", "supervisor@other", at=NOON)
    with web(console_app(two, clock, tick_s=0.1, flush_s=0.0), follow_redirects=False) as browser:
        yield browser


def test_a_page_shows_its_desk_and_no_other(guest: TestClient, two: Street) -> None:
    for name, own, others in (("lin", LANE, OTHER), ("wei", OTHER, LANE), ("lin", LANE, OTHER)):
        assert sign_in(guest, two.store, name).status_code == 303
        for path in ("/", "/?queue=care", "/digest"):
            page = guest.get(path)
            assert page.status_code == 200
            shown = {int(n) - 1 for n in re.findall(r"Plum Lane (\d+)-\d+", page.text)}
            assert shown == own, (name, path)
        desk = guest.get("/").text
        assert "<b>6</b>" in re.sub(r"\s", "", desk)
        assert "<b>12</b>" not in re.sub(r"\s", "", desk)
        for n in sorted(others):
            assert guest.get(f"/resident/r-{n}").status_code == 404
            assert guest.get(f"/console/card/{find_sos(two, n).id}").status_code == 404
        n = min(own)
        assert guest.get(f"/resident/r-{n}").status_code == 200
        assert guest.get(f"/console/card/{find_sos(two, n).id}").status_code == 200
        guest.cookies.clear()
