"""The tables: up, down and up again with rows in them, equal to their definition, and strict about what may be in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Table, exc, text

from homebeat.domain.alert import WAITING, Alert, Desk, Outcome, Queue, Transition, open_alert, resolve
from homebeat.domain.channel import SendLimit
from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import AreaId, ContactId
from homebeat.domain.inbound import Extra, Quarantined, QuarantineReason
from homebeat.domain.principal import Grant
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.bearer import LinkPurpose, make_link
from homebeat.identity.oidc.values import PendingSignIn
from homebeat.store import (
    Account,
    AccountIdentity,
    AlertFilter,
    ApiKey,
    Attempt,
    Checkpoint,
    DeviceState,
    KeptSignIn,
    MessageLink,
    ResidentState,
    SessionEntry,
    Store,
    open_store,
)
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.home import tables as home_tables
from homebeat.stream.batch import Batch
from tests.contract.store.conftest import STREET, T0, Street, edge, notice
from tests.keys import KEY_FILE

Opener = Callable[..., tuple[Alert, Transition]]


def test_up_down_up_with_rows_in_the_tables(bare_url: str) -> None:
    store = open_store(bare_url, KEY_FILE, create=False)
    assert store.read_revision() is None
    store.upgrade()
    first = store.read_revision()
    fill(store)
    store.upgrade()
    with store.read(EVERYTHING) as reader:
        assert reader.log.find_end() > 0
    store.downgrade("base")
    assert store.read_revision() is None
    store.upgrade()
    assert store.read_revision() == first
    store.check_schema()
    fill(store)
    store.close()


def test_alerts_keep_their_queue_over_a_downgrade(street: Street) -> None:
    desks = {"sos": Desk.CARE, "water_running": Desk.PROPERTY, "asked": Desk.RESIDENT, "steps_drift": Desk.CARE}
    steps = [open_alert(replace(edge("h1", rule), desk=desk)) for rule, desk in desks.items()]
    with street.store.begin() as tx:
        AlertWrites(tx).apply_all(steps)
    street.store.downgrade("0013")
    street.store.upgrade()
    area = AlertFilter(is_open=True, queues=WAITING, area=AreaId("lane"))
    with street.store.read(EVERYTHING) as reader:
        found = {entry.alert.rule: entry.alert.queue for entry in reader.alerts.read_page().items}
        waiting = {entry.alert.rule for entry in reader.alerts.read_page(area).items}
    assert found == {"sos": Queue.CARE, "water_running": Queue.PROPERTY, "asked": Queue.NONE, "steps_drift": Queue.DIGEST}
    assert waiting == {"sos", "water_running"}


def test_contacts_whose_ids_are_each_others_places_go_down_and_up(street: Street) -> None:
    first = STREET.households[0]
    (child,) = first.contacts
    both = tuple(replace(child, id=ContactId(f"h1/{own}"), name=f"Child {own}") for own in "10")
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (replace(first, contacts=both), *STREET.households[1:])), T0 + 1)
    street.store.downgrade("0012")
    street.store.upgrade()
    with street.store.read(EVERYTHING) as reader:
        names = [contact.name for contact in reader.fleet.load().households[0].contacts]
    assert names == ["Child 1", "Child 0"]


@pytest.mark.parametrize("state", [home_tables.resident_state, home_tables.device_state])
def test_a_state_and_what_it_is_of_share_no_name(state: Table) -> None:
    """They are read together, and of two columns with one name a row gives the first."""
    (owner,) = {key.column.table for key in state.foreign_keys}
    assert {column.name for column in state.c}.isdisjoint(column.name for column in owner.c)


def test_the_tables_are_as_they_are_defined(store: Store) -> None:
    store.check_schema()


def test_the_tables_are_as_they_are_defined_with_days_of_readings(street: Street) -> None:
    street.append([(0, 0, T0, 1.0), (0, 0, T0 + 86_400_000, 2.0)])
    street.store.check_schema()


@pytest.fixture(scope="module")
def filled(module_store: Store) -> Store:
    fill(module_store)
    return module_store


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO reading (position, device_no, metric, mark, observed_at, received_at, value{key}) "
            "SELECT position + 1000, device_no, metric, mark, observed_at, received_at, value{key} FROM reading"
        ),
        (
            "INSERT INTO reading (position, device_no, metric, mark, observed_at, received_at, value{key}) "
            "SELECT position, device_no, metric, mark, observed_at, received_at, NULL{key} FROM reading"
        ),
        (
            "INSERT INTO away (household, starts_at, ends_at, reason_sealed, taught_by, place) "
            "SELECT household, starts_at, ends_at, reason_sealed, taught_by, place FROM away"
        ),
        "UPDATE away SET ends_at = starts_at",
        "UPDATE resident SET false_alarms_a_month = 9",
        "INSERT INTO disregarded (resident, starts_at, ends_at, outcome, taught_by) VALUES ('h1-r', 2, 1, 'away', 'a')",
        "INSERT INTO disregarded (resident, starts_at, ends_at, outcome, taught_by) VALUES ('nobody', 1, 2, 'away', 'a')",
        (
            "INSERT INTO extra_reading (device, metric, observed_at, received_at, value) "
            "SELECT device, metric, observed_at, received_at, value FROM extra_reading"
        ),
        (
            "INSERT INTO quarantine (topic, payload, payload_sha256, received_at, reason, detail, partial) "
            "SELECT topic, payload, payload_sha256, received_at, reason, detail, partial FROM quarantine"
        ),
        "UPDATE alert SET answer = 'resolved' WHERE outcome IS NULL",
        "UPDATE alert SET outcome = NULL WHERE outcome IS NOT NULL",
        "UPDATE alert SET answer = 'unacknowledged', outcome = NULL",
        "UPDATE alert SET condition = 'odd'",
        "UPDATE alert SET queue = 'resident'",
        "UPDATE alert SET answer = 'odd'",
        "UPDATE alert SET priority_rank = 4",
        "DELETE FROM alert",
        "UPDATE transition SET key = 'k'",
        "UPDATE transition SET seq = 1",
        "UPDATE transition SET alert_id = 'nobody'",
        "UPDATE outbox SET id = 'x'",
        "UPDATE outbox SET state = 'odd'",
        "UPDATE outbox SET state = 'leased', lease_until = NULL",
        "UPDATE outbox SET alert_id = 'nobody'",
        "INSERT INTO delivery (outbox_id, attempt, at, duration_ms, ok, error) VALUES ('nobody', 1, 0, 0, {true}, '')",
        "INSERT INTO ledger VALUES (2, 0, 0, 0, 0, 0, 0, 0)",
        "INSERT INTO message_link (id, notice, contact, made_at, ends_at) SELECT id, notice, '', 0, 1 FROM message_link",
        "UPDATE message_link SET notice = 'nobody'",
        "UPDATE message_link SET ends_at = made_at",
        "INSERT INTO account (name, language, password, made_at) SELECT name, language, password, made_at FROM account",
        "INSERT INTO api_key (id, name, digest, made_by, made_at) SELECT 'x', name, 'x', made_by, made_at FROM api_key",
        "INSERT INTO api_key (id, name, digest, made_by, made_at) SELECT 'x', 'x', digest, made_by, made_at FROM api_key",
        "INSERT INTO role_grant (holder, role, area, given_by, given_at) SELECT holder, role, area, 'x', 0 FROM role_grant",
        "INSERT INTO role_grant (holder, role, area, given_by, given_at) VALUES ('user:ann', 'desk', 'nowhere', 'x', 0)",
        "INSERT INTO session (id, account, network, how, begun_at, seen_at, ends_at) VALUES ('x', 'nobody', '', '', 0, 0, 1)",
        "INSERT INTO session (id, account, network, how, begun_at, seen_at, ends_at) VALUES ('x', 'ann', '', '', 2, 0, 1)",
        (
            "INSERT INTO device (no, id, household, kind, reports_every_ms, resolution_litres, place) "
            "SELECT no + 100, id, household, kind, reports_every_ms, resolution_litres, place FROM device"
        ),
        "UPDATE device SET household = 'nobody'",
        "UPDATE area SET parent = id",
        "UPDATE area SET parent = 'nobody'",
        "UPDATE resident_state SET state = 'fine'",
        "UPDATE device_state SET device = 'nobody'",
        "UPDATE household SET address_sealed = NULL",
        "UPDATE contact SET channels_sealed = NULL",
        "INSERT INTO owner_key SELECT owner, key_id, wrapped, made_at FROM owner_key",
        "UPDATE key_check SET no = 2",
    ],
)
def test_the_database_refuses(filled: Store, statement: str) -> None:
    store = filled
    is_sqlite = store._database.is_sqlite
    key = "" if is_sqlite else ", key_at"
    with pytest.raises(exc.IntegrityError), store._database.begin_write() as connection:
        connection.execute(text(statement.format(key=key, true="1" if is_sqlite else "true")))


def test_one_attempt_has_one_row(street: Street, opener: Opener) -> None:
    what = notice(*opener())
    row = text("INSERT INTO delivery (outbox_id, attempt, at, duration_ms, ok, error) VALUES (:id, 1, 0, 0, :ok, '')")
    with street.store.begin() as tx:
        tx.outbox.add([what], T0)
    with street.store._database.begin_write() as connection:
        connection.execute(row, {"id": what.id, "ok": True})
    with pytest.raises(exc.IntegrityError), street.store._database.begin_write() as connection:
        connection.execute(row, {"id": what.id, "ok": True})


@pytest.mark.parametrize("url", ["", "homebeat.db", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_an_address_that_is_of_no_use_is_refused(url: str) -> None:
    with pytest.raises(BadSettings):
        open_store(url, KEY_FILE)


def fill(store: Store) -> None:
    """A row, or two, in every table."""
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        numbers: Any = np.array(list(tx.fleet.read_device_nos().values()), np.int32)
        tx.readings.append(Batch.of([0, 1], [0, 0], [T0, T0], [T0, T0], [1.0, 2.0]), numbers)
        tx.extras.add([Extra("h1-band", "mood", T0, T0, "good")])
        tx.quarantine.add([Quarantined("t", b"\xff", T0, QuarantineReason.NOT_JSON)])
        older, began = open_alert(edge(onset=T0 - 10))
        closed, closing = resolve(older, T0 - 5, "user:ann", Outcome.FINE)
        alert, step = open_alert(edge())
        AlertWrites(tx).apply_all([(older, began), (closed, closing), (alert, step)])
        tx.outbox.add([notice(alert, step), notice(closed, closing)], T0)
        tx.outbox.settle(tx.outbox.claim(T0, "one", 1, 1)[0].id, "one", Attempt(T0, 1, ok=True))
        tx.sendings.reserve("wecom_robot", "https://robot.example", (SendLimit(20, 60),), T0, is_urgent=True)
        told = notice(alert, step)
        tx.message_links.add([MessageLink("ee" * 32, told.id, told.contact, T0, T0 + 1)])
        tx.ledger.add(delivered=2, accepted=1, quarantined=1)
        tx.checkpoints.put(Checkpoint(1, T0, "v1", b"state"))
        tx.states.put(
            [ResidentState(STREET.households[0].residents[0].id, "active", T0, T0, T0, False, T0)],
            [DeviceState(STREET.households[0].devices[0].id, T0, 50.0, False, T0)],
        )
        tx.accounts.add(Account("ann", "en", T0))
        tx.accounts.give("user:ann", Grant("responder", STREET.areas[0].id), "user:wu", T0)
        tx.keys.add(ApiKey("a1", "platform", "ab" * 32, "user:ann", T0))
        tx.sessions.add(SessionEntry("cd" * 32, "ann", "", "link", T0, T0, T0 + 1))
        tx.links.add(make_link(LinkPurpose.SIGN_IN, T0)[1], "ann")
        tx.accounts.set_second_factor("ann", "secret", 1, ["aa" * 32], T0)
        tx.tries.note_network("ann", "192.0.2.0/24")
        tx.identities.put(AccountIdentity("https://id.example", "248289761001", "ann", "user:wu", T0))
        tx.pending_sign_ins.add(KeptSignIn(PendingSignIn("cc" * 32, "nonce", "verifier", T0, T0 + 1)))
        tx.tries.put("bb" * 32, T0)
        tx.answers.claim("ef" * 32, "ab" * 32, "12" * 32, T0)
        tx.heartbeats.beat("watch", T0, {"queue": 0})
