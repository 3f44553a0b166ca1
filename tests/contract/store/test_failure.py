"""When things go wrong: the database is away, full, busy or killed; nothing is half there, and it can be tried again."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from homebeat.domain.errors import BadSettings, Unavailable
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Account, Balance, Store, open_store
from homebeat.store.base.database import get_driver_connection
from homebeat.store.sealing.key_file import write_key_file
from tests.contract.store.conftest import T0, Street
from tests.e2e.waiting import until
from tests.keys import KEY_FILE


def test_a_closed_store_is_unavailable(store: Store) -> None:
    store.ping()
    store.close()
    with pytest.raises(Unavailable), store.begin():
        pass
    with pytest.raises(Unavailable):
        store.ping()


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        open_store(f"sqlite:///{tmp_path / 'no' / 'such' / 'directory.db'}", KEY_FILE)
    with pytest.raises(Unavailable):
        open_store("postgresql://nobody@127.0.0.1:1/none", KEY_FILE)


def test_what_is_said_of_a_failure_names_no_values(postgres_store: Store) -> None:
    with pytest.raises(Unavailable) as caught, postgres_store._database.begin_write() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid()), :secret"), {"secret": "13 Lane Street"})
    assert "Lane" not in str(caught.value)


def test_a_read_session_cannot_write(store: Store) -> None:
    with pytest.raises(Unavailable), store._database.begin_read() as connection:
        connection.execute(text("UPDATE ledger SET delivered = 1"))
    with store.read(EVERYTHING) as reader:
        assert reader.read_balance() == Balance()


def test_a_full_disk_is_unavailable_and_leaves_nothing_half(sqlite_store: Store) -> None:
    @event.listens_for(sqlite_store._database._writer, "connect")
    def _small(driver: sqlite3.Connection, _record: object) -> None:
        (pages,) = driver.execute("PRAGMA page_count").fetchone()
        driver.execute(f"PRAGMA max_page_count = {pages + 20}")

    big = [Quarantined("t", os.urandom(4_000), T0 + n, QuarantineReason.TOO_LARGE) for n in range(60)]

    def overfill() -> None:
        with sqlite_store.begin() as tx:
            tx.ledger.add(delivered=60, quarantined=60)
            tx.quarantine.add(big)

    with pytest.raises(Unavailable, match="full"):
        overfill()
    with sqlite_store.begin() as tx:
        tx.ledger.add(delivered=1, quarantined=1)
        tx.quarantine.add(big[:1])
    with sqlite_store.read(EVERYTHING) as reader:
        assert reader.read_balance() == Balance(delivered=1, quarantined=1)
        assert len(reader.quarantine.list_unretried()) == 1


def test_a_lost_connection_is_unavailable_once_and_then_works_again(postgres_store: Store, postgres_url: str) -> None:
    def lose_it() -> None:
        with postgres_store.begin() as tx:
            tx.ledger.add(delivered=1)
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            tx.ledger.add(accepted=1)

    with pytest.raises(Unavailable):
        lose_it()
    with postgres_store.begin() as tx:
        tx.ledger.add(delivered=1, accepted=1)
    with postgres_store.read(EVERYTHING) as reader:
        assert reader.read_balance() == Balance(delivered=1, accepted=1)


def test_a_reader_sees_one_state_and_holds_nobody_up(store: Store) -> None:
    with store.read(EVERYTHING) as reader:
        assert reader.read_balance() == Balance()
        with store.begin() as tx:
            tx.ledger.add(delivered=1)
        assert reader.read_balance() == Balance()
    with store.read(EVERYTHING) as reader:
        assert reader.read_balance() == Balance(delivered=1)


def test_a_second_writer_waits_for_the_first(store_url: str) -> None:
    one, two = open_store(store_url, KEY_FILE), open_store(store_url, KEY_FILE)
    started, done = Event(), Event()

    def write() -> None:
        started.set()
        with two.begin() as tx:
            tx.ledger.add(delivered=10)
        done.set()

    other = Thread(target=write)
    with one.begin() as tx:
        tx.ledger.add(delivered=1)
        other.start()
        assert started.wait(10)
        assert not done.wait(0.2)
    other.join(20)
    assert done.is_set()
    with one.read(EVERYTHING) as reader:
        assert reader.read_balance().delivered == 11
    one.close()
    two.close()


def test_a_connection_that_was_in_use_when_the_store_was_closed_is_closed_when_it_is_done(store: Store) -> None:
    drivers = []
    with store.read(EVERYTHING) as reader:
        drivers.append(get_driver_connection(reader._connection))
        assert reader.read_balance() == Balance()
        with store.begin() as tx:
            drivers.append(get_driver_connection(tx.connection))
            store.close()
            tx.ledger.add(delivered=1)
        assert reader.read_balance() == Balance()
    for driver in drivers:
        with pytest.raises((psycopg.OperationalError, sqlite3.ProgrammingError), match="closed"):
            driver.execute("SELECT 1")


def test_a_lock_ends_with_its_store(postgres_url: str) -> None:
    one, two = open_store(postgres_url, KEY_FILE), open_store(postgres_url, KEY_FILE)
    lock, other = one.make_watch_lock(), two.make_watch_lock()
    assert lock.lock()
    assert not other.lock()
    one.close()
    until(other.lock, "the server has noticed that the connection ended")
    lock.release()
    two.close()


def test_a_store_that_could_not_be_opened_keeps_no_connection(postgres_url: str, tmp_path: Path) -> None:
    write_key_file(tmp_path / "other.key")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'homebeat'"
        with pytest.raises(BadSettings, match="another one"):
            open_store(postgres_url, tmp_path / "other.key")
        until(lambda: connection.execute(count).fetchone() == (0,), "its connections have ended")


def test_a_killed_process_leaves_nothing_half(street: Street, store_url: str) -> None:
    script = textwrap.dedent(
        """
        import sys
        import numpy as np
        from pathlib import Path
        from homebeat.store import open_store
        from homebeat.stream.batch import Batch

        store = open_store(sys.argv[1], Path(sys.argv[2]), create=False)
        numbers = np.array([1, 2, 3, 4, 5, 6], np.int32)
        at = 1767225600000
        with store.begin() as tx:
            tx.readings.append(Batch.of([0], [0], [at], [at], [1.0]), numbers)
            tx.ledger.add(delivered=1, accepted=1)
        with store.begin() as tx:
            n = 20_000
            times = at + 1000 + np.arange(n)
            tx.readings.append(Batch(np.zeros(n, np.int32), np.zeros(n, np.uint8), times, times, np.ones(n),
                                     np.zeros(n, np.uint8)), numbers)
            tx.ledger.add(delivered=n, accepted=n)
            print("in the middle", flush=True)
            sys.stdin.read()
        """
    )
    street.store.close()
    child = subprocess.Popen(
        [sys.executable, "-c", script, store_url, str(KEY_FILE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == "in the middle\n"
        child.send_signal(signal.SIGKILL)
    store = open_store(store_url, KEY_FILE)
    with store.begin() as tx:
        assert tx.ledger.read_balance() == Balance(delivered=1, accepted=1)
    with store.read(EVERYTHING) as reader:
        count = reader._connection.scalar(text("SELECT count(*) FROM reading"))
        assert count == 1
    store.close()


def test_durable_settings_have_no_weakness(store: Store) -> None:
    assert store.find_weaknesses() == []


def test_weak_settings_are_found(sqlite_store: Store, postgres_url: str) -> None:
    @event.listens_for(sqlite_store._database._writer, "connect")
    def _weaken(driver: sqlite3.Connection, _record: object) -> None:
        driver.execute("PRAGMA synchronous = NORMAL")
        driver.execute("PRAGMA foreign_keys = OFF")

    assert len(sqlite_store.find_weaknesses()) == 2
    store = open_store(f"{postgres_url}&options=-c%20synchronous_commit%3Doff", KEY_FILE)
    assert store.find_weaknesses() == ["PostgreSQL synchronous_commit is off: a crash loses the last commits"]
    store.close()


def test_a_refused_statement_shows_none_of_its_values(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    secret = "13 Lane Street"
    with store.begin() as tx:
        tx.accounts.add(Account(secret, "en", T0))
    insert = text("INSERT INTO account (name, language, password, made_at) VALUES (:name, :language, '', 0)")
    with pytest.raises(IntegrityError) as caught, store._database.begin_write() as connection:
        connection.execute(insert, {"language": "b" * 64, "name": secret})
    logging.getLogger("homebeat").error("it failed", exc_info=caught.value)
    assert "account" in caplog.text
    assert "Lane" not in caplog.text
    assert "bbb" not in caplog.text
    assert "Lane" not in str(caught.value)


def test_a_row_that_a_copy_refuses_is_not_shown(postgres_store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def refused() -> None:
        copying = "COPY ledger (id, delivered) FROM STDIN"
        with (
            postgres_store._database.begin_write() as c,
            get_driver_connection(c).cursor() as cursor,
            cursor.copy(copying) as copy,
        ):
            copy.write("13 Lane Street\t1\n")

    with pytest.raises(psycopg.Error) as caught:
        refused()
    logging.getLogger("homebeat").error("it failed", exc_info=caught.value)
    assert "CONTEXT" not in caplog.text
    assert "COPY ledger, line" not in caplog.text
