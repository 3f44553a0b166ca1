"""A city of people who are looked for, written as fast as a database takes it: homes, people, states and terms."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.schema import AddConstraint, DropConstraint

from homebeat.domain.fleet import Area, Fleet
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Field
from homebeat.domain.search_terms import list_address_pieces, list_name_pieces, list_phone_pieces
from homebeat.store import Store, UnitOfWork
from homebeat.store.base.bulk import write_columns
from homebeat.store.base.database import get_driver_connection
from homebeat.store.home import tables
from homebeat.store.home.sealed import CONTACTS, HOUSEHOLDS, RESIDENTS, seal_rows
from homebeat.store.home.search_index import compute_term

_NOW: Final = 1_772_352_000_000
_AT_ONCE: Final = 10_000
_DISTRICTS: Final = 10
_MOST_KNOWN: Final = 2_000_000
_FILLED: Final = (
    *(tables.household, tables.resident, tables.contact, tables.device),
    *(tables.resident_state, tables.device_state, tables.search_term),
)
#: Surnames from the most frequent on, the first ones as frequent as in China; characters of given names, roads.
_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
)
_GIVEN: Final = "秀英桂兰玉珍凤淑华建国德明福生金梅春红军志强文海平永林云芳素琴月娥翠霞丽敏洁静慧雪莲菊香美荣贵长根"
_ROADS: Final = "幸福和平解放人民中山建设新华光明长江黄河东方胜利友谊团结文化体育朝阳向阳春风花园"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who lives alone, with a daughter: names, numbers and an address are drawn by the number of the home."""

    n: int
    area: str
    name: str
    address: str
    phone: str
    daughter: str
    daughter_phone: str

    @property
    def home(self) -> str:
        """The id of their home."""
        return f"h{self.n}"

    @property
    def resident(self) -> str:
        """Their id."""
        return f"r{self.n}"


def make_person(n: int, communities: int) -> Person:
    """Draw somebody."""
    chance = random.Random(n)
    surname = _SURNAMES[min(int(chance.expovariate(0.08)), len(_SURNAMES) - 1)]
    road = chance.randrange(0, len(_ROADS), 2)
    address = f"{_ROADS[road : road + 2]}路{chance.randrange(1, 900)}弄{chance.randrange(1, 80)}号{chance.randrange(101, 2405)}室"
    return Person(
        n,
        f"c{n % communities}",
        surname + "".join(chance.choices(_GIVEN, k=2)),
        address,
        f"139{chance.randrange(10**8):08d}",
        surname + "".join(chance.choices(_GIVEN, k=2)),
        f"138{chance.randrange(10**8):08d}",
    )


def settle_city(store: Store, homes: int, communities: int) -> None:
    """Write a city of so many homes."""
    named = [Area(AreaId("city"), "City"), *(Area(AreaId(f"d{n}"), f"District {n}", AreaId("city")) for n in range(_DISTRICTS))]
    named += [Area(AreaId(f"c{n}"), f"Community {n}", AreaId(f"d{n % _DISTRICTS}")) for n in range(communities)]
    with store.begin() as tx:
        tx.fleet.apply(Fleet(tuple(named), ()), _NOW)
    people = (make_person(n, communities) for n in range(homes))
    known: dict[tuple[Field, str], int] = {}
    _drop_indexes(store)
    for start in range(0, homes, _AT_ONCE):
        some = [next(people) for _ in range(min(_AT_ONCE, homes - start))]
        with store.begin() as tx:
            _write_people(tx, some)
            _write_terms(tx, some, known)
    _make_indexes(store)


def _write_people(tx: UnitOfWork, people: Sequence[Person]) -> None:
    homes = [
        {"id": one.home, "area": one.area, "timezone": "Asia/Shanghai", "address": one.address, "position": None, "access": ""}
        | {"ask_first": False, "paired": [], "plan": "", "building": "", "place": one.n}
        for one in people
    ]
    residents = [
        {"id": one.resident, "household": one.home, "name": one.name, "birth_year": 1940, "need": "", "notes": ""}
        | {"phone": one.phone, "language": "zh-CN", "place": one.n}
        for one in people
    ]
    contacts = [
        {"id": f"{one.home}/0", "household": one.home, "name": one.daughter, "relation": "女儿", "phone": one.daughter_phone}
        | {"channels": [], "holds_key": False, "place": 0}
        for one in people
    ]
    for table, spec, rows in (
        (tables.household, HOUSEHOLDS, homes),
        (tables.resident, RESIDENTS, residents),
        (tables.contact, CONTACTS, contacts),
    ):
        for sealed in seal_rows(tx.owner_keys, spec, rows, _NOW):
            _write_rows(tx.connection, table, sealed)
    devices = [
        {"id": f"m{one.n}", "household": one.home, "kind": "water_meter", "reports_every_ms": 3_600_000, "resolution_litres": 1.0}
        | {"place": one.n}
        for one in people
    ]
    _write_rows(tx.connection, tables.device, devices)
    states = [
        {"resident": one.resident, "state": _choose_state(one.n), "since_at": _NOW, "life_at": _NOW, "proven_at": _NOW}
        | {"away": one.n % 50 == 3, "updated_at": _NOW}
        for one in people
    ]
    _write_rows(tx.connection, tables.resident_state, states)
    heard = [
        {"device": f"m{one.n}", "heard_at": _NOW, "battery_pct": 80.0, "silent": one.n % 200 == 7, "updated_at": _NOW}
        for one in people
    ]
    _write_rows(tx.connection, tables.device_state, heard)


def _choose_state(n: int) -> str:
    """One in 200 is not known, and one in 20 quiet."""
    drawn = random.Random(n * 3 + 1).random()
    return "unknown" if drawn < 1 / 200 else "quiet" if drawn < 1 / 18 else "active"


def _write_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    write_columns(connection, table, {name: [row[name] for row in rows] for name in rows[0]})


def _drop_indexes(store: Store) -> None:
    """On PostgreSQL, leave out what is checked and kept for each row: it is made once at the end, of all rows."""
    if store.path is not None:
        return
    with store.begin() as tx:
        for table in _FILLED:
            # a policy would be asked about each row; an owner is exempt unless it is forced
            tx.connection.exec_driver_sql(f"ALTER TABLE {table.name} NO FORCE ROW LEVEL SECURITY")
            for key in table.foreign_key_constraints:
                tx.connection.execute(DropConstraint(key))
            for index in table.indexes:
                index.drop(tx.connection)
        tx.connection.execute(DropConstraint(tables.search_term.primary_key))


def _make_indexes(store: Store) -> None:
    if store.path is not None:
        return
    with store.begin() as tx:
        tx.connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
        tx.connection.execute(AddConstraint(tables.search_term.primary_key))
        for table in _FILLED:
            for index in table.indexes:
                index.create(tx.connection)
        for table in _FILLED:
            for key in table.foreign_key_constraints:
                tx.connection.execute(AddConstraint(key))
            tx.connection.exec_driver_sql(f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY")


def _write_terms(tx: UnitOfWork, people: Sequence[Person], known: dict[tuple[Field, str], int]) -> None:
    """Write the terms of these people. `known`: terms that were computed before; most pieces of names and addresses return."""
    rows = [row for one in people for row in _list_terms(tx, one, known)]
    if len(known) > _MOST_KNOWN:
        known.clear()
    driver = get_driver_connection(tx.connection)
    if tx.connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy("COPY search_term (term, area, resident) FROM STDIN") as copy:
            copy.write("".join(f"{term}\t{area}\t{who}\n" for term, area, who in rows))
    else:
        rows.sort()  # beside each other in the tree
        driver.executemany("INSERT INTO search_term (term, area, resident) VALUES (?, ?, ?)", rows)


def _list_terms(tx: UnitOfWork, one: Person, known: dict[tuple[Field, str], int]) -> Iterator[tuple[int, str, str]]:
    pieces = {
        *((Field.NAME, piece) for piece in list_name_pieces(one.name)),
        *((Field.ADDRESS, piece) for piece in list_address_pieces(one.address)),
        *((Field.CONTACTS, piece) for piece in list_name_pieces(one.daughter, 2)),
        *((Field.PHONE, piece) for phone in (one.phone, one.daughter_phone) for piece in list_phone_pieces(phone)),
    }
    for field_piece in pieces:
        term = known.get(field_piece)
        if term is None:
            term = known[field_piece] = compute_term(tx.owner_keys, *field_piece)
        yield term, one.area, one.resident
