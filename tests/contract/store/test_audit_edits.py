"""Whoever can write SQL, and knows how the chain is computed, but has no key: each edit is found, and said where."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, text, update

from homebeat.domain.durations import DAY_MS
from homebeat.store import ChainPoint, ChainRow, SignedCheckpoint, Signer, Store
from homebeat.store.audit import tables
from homebeat.store.audit.chain import compute_hash, write_row
from homebeat.store.audit.chain_check import AuditFault, AuditFaultKind
from homebeat.store.audit.reads import AuditQueries
from homebeat.store.audit.verification import Verification
from tests.contract.store.audit_rows import add_rows, cut, make_checkpoint, make_key, sign, verify, verify_connection
from tests.contract.store.conftest import T0

_audit, _head, _checkpoint = tables.audit, tables.audit_head, tables.signed_checkpoint
ROWS, CUT, SIGNED = 70, 8, (20, 35, 50, 66)
LAST = ROWS + 1  # with the row that says how far it was cut


@dataclass
class Attack:
    """One edit on its way: the connection, chance, and what is outside the attacker's reach."""

    connection: Connection
    chance: random.Random
    outside: list[SignedCheckpoint]
    forger: Signer

    def rows(self, first: int = 0) -> list[ChainRow]:
        found = self.connection.execute(select(_audit).where(_audit.c.id >= first).order_by(_audit.c.id))
        return [ChainRow(*row) for row in found]

    def pick(self, first: int = CUT + 1, last: int = LAST) -> int:
        return self.chance.randint(first, last)

    def set(self, number: int, **values: object) -> None:
        self.connection.execute(update(_audit).where(_audit.c.id == number).values(**values))

    def take(self, *numbers: int) -> None:
        self.connection.execute(delete(_audit).where(_audit.c.id.in_(numbers)))

    def put(self, row: ChainRow) -> None:
        self.connection.execute(insert(_audit).values({name: getattr(row, name) for name in _audit.c.keys()}))  # noqa: SIM118

    def chain(self, first: int) -> None:
        """Number and hash all rows from `first` on, and set the head: as homebeat would, but for the key."""
        before = self.connection.scalar(select(_audit.c.hash).where(_audit.c.id == first - 1))
        point = ChainPoint(first - 1, before or "")
        rows = self.rows(first)
        self.take(*(row.id for row in rows))
        for row in rows:
            numbered = replace(row, id=point.number + 1)
            point = ChainPoint(numbered.id, compute_hash(point.hash, write_row(numbered)))
            self.put(replace(numbered, hash=point.hash))
        self.set_head(point)

    def set_head(self, point: ChainPoint) -> None:
        self.connection.execute(update(_head).values(number=point.number, hash=point.hash))

    def drop_checkpoints(self, first: int) -> None:
        """From the database. The file outside has them."""
        self.connection.execute(delete(_checkpoint).where(_checkpoint.c.number >= first))


def change_a_column(attack: Attack) -> int:
    number, name = attack.pick(), attack.chance.choice(["at", "actor", "role", "action", "about", "detail", "hash"])
    (row,) = [row for row in attack.rows() if row.id == number]
    was = getattr(row, name)
    attack.set(number, **{name: was + attack.chance.choice([-1, 1]) if name == "at" else vary(attack.chance, was)})
    return number


def vary(chance: random.Random, was: str) -> str:
    place = chance.randrange(len(was) + 1)
    become = chance.choice(
        [was[:place] + "x" + was[place:], was[:place] + " " + was[place:], was[: place - 1], was[1:], was.upper()]
    )
    return become if become != was else f"{was}."


def swap_two_rows(attack: Attack) -> int:
    one, other = sorted(attack.chance.sample(range(CUT + 1, LAST + 1), 2))
    first, second = (next(row for row in attack.rows() if row.id == number) for number in (one, other))
    attack.take(one, other)
    attack.put(replace(first, id=other))
    attack.put(replace(second, id=one))
    return one


def swap_contents_and_keep_hashes(attack: Attack) -> int:
    one, other = sorted(attack.chance.sample(range(CUT + 1, LAST + 1), 2))
    first, second = (next(row for row in attack.rows() if row.id == number) for number in (one, other))
    attack.take(one, other)
    attack.put(replace(first, id=other, hash=second.hash))
    attack.put(replace(second, id=one, hash=first.hash))
    return one


def delete_rows(attack: Attack) -> int:
    numbers = attack.chance.sample(range(CUT + 1, LAST + 1), attack.chance.choice([1, 1, 2, 5, 30]))
    attack.take(*numbers)
    return min(numbers)


def delete_a_row_and_close_the_gap(attack: Attack) -> int:
    number = attack.pick(last=LAST - 1)
    attack.take(number)
    rows = attack.rows(number)
    attack.take(*(row.id for row in rows))
    for row in rows:
        attack.put(replace(row, id=row.id - 1))
    attack.set_head(ChainPoint(LAST - 1, rows[-1].hash))
    return number


def delete_the_beginning(attack: Attack) -> int:
    """And say that retention did it."""
    number = attack.pick(CUT + 1, LAST - 1)
    last = next(row for row in attack.rows() if row.id == number)
    attack.connection.execute(update(_head).values(cut_number=number, cut_hash=last.hash))
    attack.take(*range(number + 1))
    return CUT + 1


def forge_the_word_of_retention(attack: Attack) -> int:
    """Delete the beginning, and write a row that says so, by a key that is not the right one."""
    number = attack.pick(CUT + 1, LAST - 1)
    last = next(row for row in attack.rows() if row.id == number)
    said = next(row for row in attack.rows() if row.action == "cut_audit").detail
    detail = said.replace(f'"number":{CUT}', f'"number":{number}').replace(attack.rows()[0].hash, last.hash)
    attack.put(ChainRow(LAST + 1, T0, "service:retention", "", "cut_audit", "", detail, ""))
    attack.chain(LAST + 1)
    attack.connection.execute(update(_head).values(cut_number=number, cut_hash=last.hash))
    attack.take(*range(number + 1))
    return CUT + 1


def insert_a_row(attack: Attack) -> int:
    """Behind the head, before the beginning, or between others, which then have the next numbers."""
    place = attack.chance.choice([LAST + 1, LAST + 5, CUT, 0, -4, attack.pick()])
    made = replace(attack.rows()[attack.chance.randrange(20)], id=place, about="alert:made up")
    if CUT < place <= LAST:
        later = attack.rows(place)
        attack.take(*(row.id for row in later))
        for row in later:
            attack.put(replace(row, id=row.id + 1))
        attack.set_head(ChainPoint(LAST + 1, later[-1].hash))
    attack.put(made)
    return place if place != LAST + 5 else LAST + 1


def cut_the_end(attack: Attack) -> int:
    number = attack.pick(CUT + 2, SIGNED[-1])
    attack.take(*range(number, LAST + 1))
    attack.chain(number)
    last = attack.rows()[-1]
    attack.set_head(ChainPoint(last.id, last.hash))
    if attack.chance.random() < 0.5:
        attack.drop_checkpoints(number)
    return number


def cut_the_end_and_leave_the_head(attack: Attack) -> int:
    number = attack.pick()
    attack.take(*range(number, LAST + 1))
    return number


def write_again_from_a_row_on(attack: Attack) -> int:
    """Change, delete or insert a row, and compute every hash behind it anew."""
    number = attack.pick(CUT + 2, SIGNED[-1])
    how = attack.chance.randrange(3)
    if how == 0:
        attack.set(number, actor="user:nobody", about=f"alert:{attack.chance.random()}")
    elif how == 1:
        attack.take(number)
        attack.connection.execute(update(_audit).where(_audit.c.id > number).values(id=_audit.c.id + 1_000))
        attack.connection.execute(update(_audit).where(_audit.c.id > number).values(id=_audit.c.id - 1_001))
    else:
        attack.connection.execute(update(_audit).where(_audit.c.id >= number).values(id=_audit.c.id + 1_000))
        attack.connection.execute(update(_audit).where(_audit.c.id >= number).values(id=_audit.c.id - 999))
        attack.put(replace(attack.rows()[1], id=number, about="alert:made up"))
    attack.chain(number)
    after = attack.chance.choice(["keep", "drop", "forge"])
    if after != "keep":
        attack.drop_checkpoints(number)
    if after == "forge":
        sign_as_forger(attack, number)
    return number


def sign_as_forger(attack: Attack, first: int) -> None:
    """With a key of the attacker's own: under its own id, or under the right one."""
    key_id = attack.chance.choice([attack.forger.key_id, attack.outside[0].key_id])
    for row in attack.rows(first)[::7]:
        made = make_checkpoint(ChainPoint(row.id, row.hash), replace(attack.forger, key_id=key_id))
        attack.connection.execute(insert(_checkpoint).values({name: getattr(made, name) for name in _checkpoint.c.keys()}))  # noqa: SIM118


def change_the_head(attack: Attack) -> int:
    last = attack.rows()[-1]
    made = attack.chance.choice([ChainPoint(LAST, "0" * 64), ChainPoint(LAST - 1, last.hash), ChainPoint(LAST + 2, last.hash)])
    attack.set_head(made)
    return LAST + (made.number > LAST)


ATTACKS: list[Callable[[Attack], int]] = [
    change_a_column,
    change_a_column,
    change_a_column,
    swap_two_rows,
    swap_contents_and_keep_hashes,
    delete_rows,
    delete_rows,
    delete_a_row_and_close_the_gap,
    delete_the_beginning,
    forge_the_word_of_retention,
    insert_a_row,
    cut_the_end,
    cut_the_end,
    cut_the_end_and_leave_the_head,
    write_again_from_a_row_on,
    write_again_from_a_row_on,
    write_again_from_a_row_on,
    change_the_head,
]


class Chain:
    """A chain with a beginning that retention has cut, checkpoints in the database, and the same outside."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        (home / "ours").mkdir()
        (home / "theirs").mkdir()
        self.signer, self.is_signed = make_key(home / "ours")
        self.forger, _ = make_key(home / "theirs")
        add_rows(store, CUT)
        add_rows(store, ROWS - CUT, at=T0 + 9 * DAY_MS)
        assert cut(store, self.signer, T0 + 3 * DAY_MS) == CUT
        self.outside = [sign(store, self.signer, number) for number in SIGNED]

    @contextmanager
    def tamper(self) -> Iterator[Connection]:
        """A connection whose triggers are off, and whose changes are undone at the end."""
        with self.store._database.open_connection() as opened:
            connection = opened.execution_options(
                isolation_level="READ COMMITTED" if not self.store._database.is_sqlite else "SERIALIZABLE"
            )
            with connection.begin() as transaction:
                for trigger in ("audit_no_change", "audit_no_loss"):
                    connection.execute(text(f"DROP TRIGGER {trigger}" + ("" if self.store._database.is_sqlite else " ON audit")))
                yield connection
                transaction.rollback()

    def find_faults(self, connection: Connection, *, with_outside: bool = True) -> list[AuditFault]:
        outside = [(one, f"line {n} of elsewhere") for n, one in enumerate(self.outside, 1)]
        return verify_connection(connection, self.is_signed, outside if with_outside else ())[1]


def try_attacks(chain: Chain, count: int, seed: int) -> Counter[str]:
    chance, done = random.Random(seed), Counter[str]()
    for n in range(count):
        how = ATTACKS[n % len(ATTACKS)]
        with chain.tamper() as connection:
            number = how(Attack(connection, chance, chain.outside, chain.forger))
            faults = chain.find_faults(connection)
        done[how.__name__] += 1
        assert any(fault.first <= number <= fault.last for fault in faults), f"attack {n}, {how.__name__} at {number}: {faults}"
        assert all(fault.text and "\n" not in fault.text for fault in faults)
    return done


def test_a_thousand_edits_are_found_on_sqlite(sqlite_store: Store, tmp_path: Path) -> None:
    chain = Chain(sqlite_store, tmp_path)
    assert verify(sqlite_store, chain.is_signed)[1] == []
    done = try_attacks(chain, 1_008, seed=20_261_128)
    assert done.total() == 1_008
    assert set(done) == {how.__name__ for how in ATTACKS}
    assert verify(sqlite_store, chain.is_signed)[1] == [], "each edit was undone"


def find_newest_faults(chain: Chain, connection: Connection, most: int) -> list[AuditFault]:
    faults: list[AuditFault] = []
    Verification(chain.is_signed, faults.append).check_newest(AuditQueries(connection), most)
    return faults


def test_the_newest_rows_alone_show_the_same_as_all_where_there_are_no_more(sqlite_store: Store, tmp_path: Path) -> None:
    chain, chance = Chain(sqlite_store, tmp_path), random.Random(11)
    for n in range(6 * len(ATTACKS)):
        with chain.tamper() as connection:
            ATTACKS[n % len(ATTACKS)](Attack(connection, chance, chain.outside, chain.forger))
            assert find_newest_faults(chain, connection, 200) == chain.find_faults(connection, with_outside=False)


def test_what_is_wrong_in_the_newest_rows_is_found_in_them_alone(sqlite_store: Store, tmp_path: Path) -> None:
    chain, chance, most, found = Chain(sqlite_store, tmp_path), random.Random(12), 30, 0
    with chain.tamper() as connection:
        assert find_newest_faults(chain, connection, most) == []
    for n in range(12 * len(ATTACKS)):
        with chain.tamper() as connection:
            number = ATTACKS[n % len(ATTACKS)](Attack(connection, chance, chain.outside, chain.forger))
            newest = connection.scalar(select(func.max(_audit.c.id))) or 0
            faults = chain.find_faults(connection, with_outside=False)
            if number > newest - most and any(fault.kind is not AuditFaultKind.BEGINNING for fault in faults):
                assert find_newest_faults(chain, connection, most), f"attack {n} at {number}: {faults}"
                found += 1
    assert found > 50


def test_edits_are_found_on_postgres(postgres_store: Store, tmp_path: Path) -> None:
    chain = Chain(postgres_store, tmp_path)
    try_attacks(chain, 4 * len(ATTACKS), seed=7)
    assert verify(postgres_store, chain.is_signed)[1] == []
