"""A list that has not changed is shared between callers: never across scopes or languages, and never past a change."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from homebeat.api import create_app
from homebeat.api.schema.alert import make_alert_item, write_alert_item
from homebeat.api.shared_lists import SharedLists
from homebeat.domain.alert import Outcome, Reason, TransitionKind, acknowledge, resolve
from homebeat.domain.errors import BadCursor
from homebeat.domain.ids import AreaId
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store import ReadSession, ZonedAlert, open_store
from homebeat.store.alert.writes import AlertWrites
from homebeat.wording import Language, Wording
from tests.keys import KEY_FILE
from tests.people import add_key
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import NAMES, NOON, Clock, Street
from tests.unit.api.test_scopes import find_homes, move

OPEN = "/api/v1/alerts?open=true"
LANE, OTHER = Scope(frozenset({AreaId("lane")})), Scope(frozenset({AreaId("other")}))


class Reading:
    """Reads the open alerts of a scope, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, reader: ReadSession) -> bytes:
        self.times += 1
        return ",".join(sorted(str(line.alert.subject.household) for line in reader.alerts.read_zoned_page().items)).encode()


@pytest.fixture
def app(street: Street, clock: Clock) -> Iterator[TestClient]:
    with web(create_app(api_context(street.store, clock, tick_s=0.1))) as browser:
        yield browser


def ask(app: TestClient, key: str, path: str = OPEN, language: str = "en") -> str:
    answer = app.get(path, headers={"Authorization": f"Bearer {key}", "Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Language"] == language
    text: str = answer.text
    return text


def test_an_unchanged_list_is_read_once(street: Street, clock: Clock) -> None:
    street.sos(1)
    shared, read = SharedLists(street.store, clock), Reading()
    assert [shared.get(EVERYTHING, "open", read) for _ in range(3)] == [b"h-1"] * 3
    assert read.times == 1


def test_any_change_is_seen_by_the_next_request(street: Street, clock: Clock) -> None:
    street.sos(1)
    shared, read = SharedLists(street.store, clock), Reading()
    shared.get(EVERYTHING, "open", read)
    street.sos(2)
    assert shared.get(EVERYTHING, "open", read) == b"h-1,h-2"


def test_a_change_of_another_process_is_seen_at_once(street: Street, app: TestClient, tmp_path: Path) -> None:
    add_key(street.store, "k", "desk", at=NOON)
    alert = street.sos(1)
    assert '"unacknowledged"' in ask(app, "k")
    other = open_store(f"sqlite:///{tmp_path}/street.db", KEY_FILE, create=False)
    with other.begin() as tx:
        AlertWrites(tx).apply(*acknowledge(alert, NOON, "user:ann"))
    assert '"unacknowledged"' not in ask(app, "k")
    taken = street.alert(alert.id)
    with other.begin() as tx:
        AlertWrites(tx).apply(*resolve(taken, NOON, "user:ann", Outcome.FINE))
    assert find_homes(ask(app, "k")) == set()
    other.close()


def test_a_home_that_moves_is_in_no_kept_list_of_where_it_was(street: Street, app: TestClient) -> None:
    for name in ("lane", "other"):
        add_key(street.store, name, "desk", area=name, at=NOON)
    for n in (1, 2):
        street.sos(n)
    assert [find_homes(ask(app, name)) for name in ("lane", "other")] == [{1, 2}, set()]
    move(street, 2)
    assert [find_homes(ask(app, name)) for name in ("lane", "other")] == [{1}, {2}]


def test_scopes_share_nothing(street: Street, clock: Clock) -> None:
    move(street, 2)
    for n in (1, 2):
        street.sos(n)
    shared, read = SharedLists(street.store, clock), Reading()
    for _ in range(2):
        assert shared.get(LANE, "open", read) == b"h-1"
        assert shared.get(OTHER, "open", read) == b"h-2"
        assert shared.get(EVERYTHING, "open", read) == b"h-1,h-2"
    assert read.times == 3


def test_filters_and_languages_share_nothing(street: Street, app: TestClient) -> None:
    add_key(street.store, "k", "desk", at=NOON)
    street.sos(1)
    street.open("no_sign_of_life", 2)
    for _ in range(2):
        assert find_homes(ask(app, "k")) == {1, 2}
        assert find_homes(ask(app, "k", f"{OPEN}&priority=critical")) == {1}
        assert find_homes(ask(app, "k", f"{OPEN}&limit=1")) == {1}
        assert "没有" not in ask(app, "k")
        assert "没有" in ask(app, "k", language="zh-CN")


def test_what_is_shared_shows_nobody(street: Street, app: TestClient) -> None:
    """Roles with different masks may be given one list only because nothing in it is masked for anybody."""
    alert = street.sos(1)
    with street.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    entry = detail.entry
    assert entry.resident_name == NAMES[1]
    roles = ("integrator", "nurse", "desk", "supervisor", "installer", "responder", "admin")
    for role in roles:
        add_key(street.store, role, role, at=NOON)
    (said,) = {ask(app, role) for role in roles}
    assert not [text for text in (entry.resident_name, entry.address) if text in said]


def test_a_key_that_was_revoked_gets_no_kept_list(street: Street, app: TestClient) -> None:
    add_key(street.store, "k", "desk", at=NOON)
    street.sos(1)
    ask(app, "k")
    with street.store.begin() as tx:
        tx.keys.revoke("k", NOON)
    assert app.get(OPEN, headers={"Authorization": "Bearer k"}).status_code == 401


def test_an_alert_that_is_as_it_was_is_not_written_again(street: Street, app: TestClient) -> None:
    """After a change a list is read anew, and of its alerts only the changed one is written anew."""
    add_key(street.store, "k", "desk", at=NOON)
    alerts = [street.sos(n) for n in (1, 2, 3)]
    ask(app, "k")
    before = write_alert_item.cache_info()
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*acknowledge(alerts[1], NOON, "user:ann"))
    said = {item["alert_id"]: item for item in json.loads(ask(app, "k"))["items"]}
    after = write_alert_item.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 1)
    assert [said[alert.id]["owner"] for alert in alerts] == [None, "user:ann", None]
    for alert in alerts:
        alone = json.loads(ask(app, "k", f"/api/v1/alerts/{alert.id}"))
        assert said[alert.id] == {name: alone[name] for name in said[alert.id]}


@pytest.mark.parametrize(
    "other",
    [
        lambda line: replace(line, alert=replace(line.alert, reason=Reason("sos", {"at": NOON, "received_at": NOON + 60_000}))),
        lambda line: replace(line, alert=replace(line.alert, version=2)),
        lambda line: replace(line, transition=TransitionKind.RAISED),
        lambda line: replace(line, changed_at=NOON + 1),
        lambda line: replace(line, timezone="Europe/Berlin"),
    ],
    ids=("reason", "alert", "step", "time", "zone"),
)
def test_whatever_an_item_shows_writes_it_anew(street: Street, other: Callable[[ZonedAlert], ZonedAlert]) -> None:
    why = Reason("sos", {"at": NOON, "received_at": NOON})
    line = ZonedAlert(replace(street.sos(1), reason=why), TransitionKind.OPENED, NOON, "Asia/Shanghai")
    changed = other(line)
    for words in (Wording("en"), Wording("zh-CN")):
        written, anew = write_alert_item(line, words.language), write_alert_item(changed, words.language)
        assert written == make_alert_item(line, words).model_dump_json().encode()
        assert written != anew == make_alert_item(changed, words).model_dump_json().encode()
    assert write_alert_item(line, Language.ENGLISH) != write_alert_item(line, Language.CHINESE)


def test_closed_alerts_are_read_anew(street: Street, app: TestClient) -> None:
    """Old ones are deleted, and no change says so."""
    add_key(street.store, "k", "desk", at=NOON)
    alert = street.sos(1)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(alert, NOON, "user:ann", Outcome.FINE))
    path = "/api/v1/alerts?open=false"
    assert find_homes(ask(app, "k", path)) == {1}
    with street.store.begin() as tx:
        tx.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in ("transition", "alert_event"):
            tx.connection.exec_driver_sql(f"DELETE FROM {table}")
        tx.connection.exec_driver_sql("DELETE FROM alert")
    assert find_homes(ask(app, "k", path)) == set()


def test_without_any_change_stored_nothing_is_shared(street: Street, clock: Clock) -> None:
    with street.store.begin() as tx:
        tx.connection.exec_driver_sql("DELETE FROM change")
    shared, read = SharedLists(street.store, clock), Reading()
    for _ in range(2):
        shared.get(EVERYTHING, "open", read)
    assert read.times == 2


def test_a_list_is_read_again_after_a_minute(street: Street, clock: Clock) -> None:
    shared, read = SharedLists(street.store, clock), Reading()
    for passed in (0, 59_999, 60_000):
        clock.now = NOON + passed
        shared.get(EVERYTHING, "open", read)
    assert read.times == 2


def test_what_is_kept_is_bounded(street: Street, clock: Clock) -> None:
    shared, read = SharedLists(street.store, clock, most_bytes=10), Reading()
    for text in (b"123456", b"12345", b"123456"):
        assert shared.get(EVERYTHING, text, lambda _, text=text: text) == text  # type: ignore[misc]
    assert shared.size == 6
    shared = SharedLists(street.store, clock)

    def refuse(_: ReadSession) -> bytes:
        raise BadCursor("this cursor is not one of ours")

    for n in range(1_200):
        with pytest.raises(BadCursor):
            shared.get(EVERYTHING, n, refuse)
    assert len(shared) == 1_000
    assert shared.get(EVERYTHING, 1_199, read) == b""


def test_only_some_lists_are_read_at_a_time(street: Street, clock: Clock) -> None:
    """More at once are no sooner done, and every other request would wait for its turn behind all of them."""
    shared, count, most, go = SharedLists(street.store, clock), 0, 0, threading.Event()
    busy, lock = threading.Semaphore(0), threading.Lock()

    def read(_: ReadSession) -> bytes:
        nonlocal count, most
        with lock:
            count += 1
            most = max(most, count)
        busy.release()
        assert go.wait(10)
        with lock:
            count -= 1
        return b"[]"

    readers = [threading.Thread(target=shared.get, args=(EVERYTHING, n, read)) for n in range(5)]
    for one in readers:
        one.start()
    assert all(busy.acquire(timeout=10) for _ in range(2))
    assert not busy.acquire(timeout=0.1)
    go.set()
    for one in readers:
        one.join(10)
    assert (most, len(shared)) == (2, 5)
