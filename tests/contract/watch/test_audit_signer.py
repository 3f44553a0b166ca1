"""The audit is signed beside the loop: each thousand rows, each minute, and only what follows from what was signed before."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from homebeat.domain.durations import DAY_MS, MINUTE_MS
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.rulebook import RuleBook
from homebeat.store import ChainPoint, SignedCheckpoint, Signer, Store
from homebeat.store.audit.chain_check import IsSigned
from homebeat.store.audit.verification import read_checkpoints
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.audit_signer import SIGN_ROWS, AuditSigner
from homebeat.watch.checkpoint_file import CheckpointFile
from tests.contract.store.audit_rows import add_rows, make_key, verify
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted
from tests.e2e.waiting import until


class Times:
    """A clock, and the notes that were made."""

    def __init__(self) -> None:
        self.now = T0
        self.notes: list[str | None] = []

    def __call__(self) -> int:
        return self.now


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Signer, IsSigned]:
    return make_key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def times() -> Times:
    return Times()


def make(store: Store, key: tuple[Signer, IsSigned], times: Times, file: Path | None = None) -> AuditSigner:
    sink = CheckpointFile(file) if file is not None else None
    return AuditSigner(store, key[0], clock=times, steady=times, sink=sink, note=times.notes.append)


def checkpoints(store: Store) -> list[SignedCheckpoint]:
    with store.read(EVERYTHING) as reader:
        return list(reader.audit.iterate_checkpoints())


def signed(store: Store) -> list[int]:
    return [checkpoint.number for checkpoint in checkpoints(store)]


def tamper(store: Store, *statements: str) -> None:
    """What somebody does who can write SQL; the triggers are off meanwhile."""
    is_sqlite = store._database.is_sqlite
    with store._database.begin_write() as connection:
        kept = (
            connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")).scalars().all() if is_sqlite else []
        )
        for trigger in ("audit_no_change", "audit_no_loss"):
            connection.execute(text(f"DROP TRIGGER {trigger}" if is_sqlite else f"ALTER TABLE audit DISABLE TRIGGER {trigger}"))
        for statement in statements:
            connection.execute(text(statement))
        for trigger in kept:
            connection.execute(text(trigger))
        if not is_sqlite:
            connection.execute(text("ALTER TABLE audit ENABLE TRIGGER USER"))


def read_file(file: Path) -> list[int]:
    found = [checkpoint for checkpoint, _where in read_checkpoints(file.read_text().splitlines(), file.name)]
    return [checkpoint.number for checkpoint in found if checkpoint is not None]


def test_a_checkpoint_comes_each_minute_in_which_rows_were_added(
    store: Store, key: tuple[Signer, IsSigned], times: Times
) -> None:
    signer = make(store, key, times)
    assert not signer.turn()
    assert signed(store) == [], "there is nothing to sign yet"
    add_rows(store, 3)
    signer.turn()
    for later, rows in ((MINUTE_MS - 1, 2), (1, 0), (MINUTE_MS, 0), (MINUTE_MS, 1)):
        times.now += later
        add_rows(store, rows)
        signer.turn()
    assert signed(store) == [3, 5, 6]
    summary, faults = verify(store, key[1])
    assert (faults, summary.checkpoints, summary.signed_to) == ([], 3, 6)
    assert [checkpoint.at for checkpoint in checkpoints(store)] == [T0, T0 + MINUTE_MS, T0 + 3 * MINUTE_MS]


def test_many_rows_are_signed_a_thousand_at_a_time(sqlite_store: Store, key: tuple[Signer, IsSigned], times: Times) -> None:
    add_rows(sqlite_store, 2 * SIGN_ROWS + 50, size=400)
    signer = make(sqlite_store, key, times)
    assert [signer.turn() for _ in range(3)] == [True, True, False]
    times.now += MINUTE_MS
    assert not signer.turn()
    assert signed(sqlite_store) == [SIGN_ROWS, 2 * SIGN_ROWS, 2 * SIGN_ROWS + 50]
    assert verify(sqlite_store, key[1])[1] == []


def test_it_goes_on_from_the_last_checkpoint_after_a_restart(store: Store, key: tuple[Signer, IsSigned], times: Times) -> None:
    add_rows(store, 3)
    make(store, key, times).turn()
    add_rows(store, 2)
    make(store, key, times).turn(is_last=True)
    make(store, key, times).turn(is_last=True)
    assert signed(store) == [3, 5]


def test_checkpoints_are_kept_in_a_file_too_and_later_where_that_was_away(
    store: Store, key: tuple[Signer, IsSigned], times: Times, tmp_path: Path
) -> None:
    file = tmp_path / "elsewhere" / "checkpoints.jsonl"
    signer = make(store, key, times, file)
    add_rows(store, 2)
    with pytest.raises(FileNotFoundError):
        signer.turn()
    assert signed(store) == [2], "the database has it"
    file.parent.mkdir()
    add_rows(store, 2)
    times.now += MINUTE_MS
    signer.turn()
    assert read_file(file) == [2, 4]
    file.write_text(file.read_text() + '{"number":4,"ha')  # a full disk
    add_rows(store, 2)
    make(store, key, times, file).turn(is_last=True)
    assert read_file(file) == [2, 4, 6]
    with file.open() as lines:
        outside = list(read_checkpoints(lines, file.name))
    faults = verify(store, key[1], outside)[1]
    assert [fault.text for fault in faults] == ["line 3 of checkpoints.jsonl cannot be read: it is not as homebeat writes it"]


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        (["UPDATE audit SET hash = 'x' WHERE id = 6"], "row 6"),
        (["DELETE FROM audit WHERE id > 4", "UPDATE audit_head SET number = 4, hash = 'x'"], "row 6"),
        (["DELETE FROM audit WHERE id = 6"], "row 6"),
        (["UPDATE audit SET about = 'alert:other' WHERE id = 8"], "row 8"),
        (["DELETE FROM audit WHERE id > 7", "UPDATE audit_head SET number = 7"], "row 8"),
        (["DELETE FROM audit WHERE id = 8"], "row 9"),
    ],
)
def test_who_tampers_while_it_runs_is_noticed_and_later_rows_are_signed(
    store: Store, key: tuple[Signer, IsSigned], times: Times, attack: list[str], says: str
) -> None:
    signer, stop = make(store, key, times), threading.Event()
    add_rows(store, 6)
    signer.turn()
    add_rows(store, 3)
    if says == "row 8" and "number = 7" in attack[-1]:
        signer.turn()  # it has followed the rows, and not signed them yet
    tamper(store, *attack)
    stop.set()
    signer.run(stop)
    assert times.notes[-1] == f"{says} of the audit is not as it was written: run `homebeat audit verify`"
    before = len(signed(store))
    add_rows(store, 9)
    times.now += MINUTE_MS
    signer.run(stop)
    assert len(signed(store)) > before
    assert verify(store, key[1])[1] != []


def test_a_cut_of_retention_is_nothing_to_note(store: Store, key: tuple[Signer, IsSigned], times: Times) -> None:
    signer, stop = make(store, key, times), threading.Event()
    add_rows(store, 5)
    signer.turn()
    watch = watching(store, key[0], [T0 + 5 * DAY_MS], timedelta(days=1))
    watch.tick(threading.Event())
    stop.set()
    signer.run(stop)
    assert times.notes == [None]
    with store.read(EVERYTHING) as reader:
        assert reader.audit.find_cut().number == 5
    summary, faults = verify(store, key[1])
    assert (faults, summary.first, summary.last) == ([], 6, 6)


def test_old_rows_stay_where_nobody_can_sign(store: Store) -> None:
    add_rows(store, 5)
    watching(store, None, [T0 + 500 * DAY_MS], timedelta(days=1)).tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        assert reader.audit.find_head() != ChainPoint(0, "")
        assert len(reader.audit.list_rows(0, 10)) == 5


def watching(store: Store, signer: Signer | None, now: list[int], age: timedelta) -> Watch:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    keep = KEEP.__class__(None, None, None, None, age, None)
    options = WatchOptions(messages=8, keep=keep, signer=signer, prune_ms=HOUR)
    watch = Watch(store, Scripted(), options, clock=lambda: now[0], book_of=lambda *_: RuleBook([{}]))
    watch.start()
    return watch


def test_a_database_that_is_away_ends_nothing(store: Store, key: tuple[Signer, IsSigned], times: Times) -> None:
    signer, stop = make(store, key, times), threading.Event()
    store.close()
    thread = threading.Thread(target=signer.run, args=(stop,), daemon=True)
    thread.start()
    until(lambda: times.notes != [], "it has tried")
    assert thread.is_alive()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert set(times.notes) == {None}
