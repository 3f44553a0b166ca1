"""Finds who answers for the alerts of a home."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, or_, select

from homebeat.domain.certificate import Certificate
from homebeat.domain.circuit import CircuitState
from homebeat.domain.contact_id import make_responder_contact
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import AreaId, HouseholdId, ResponderId
from homebeat.domain.responder import HomeResponder
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.dicts import iterate_dicts
from homebeat.store.duty import tables as duty_tables
from homebeat.store.duty.values import ListedResponder
from homebeat.store.home import tables
from homebeat.store.home.contracts import read_certificates, read_contract
from homebeat.store.home.made import make_responder
from homebeat.store.home.sealed import RESPONDERS, open_rows
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys

_home, _line, _responder, _place = tables.household, tables.area_above, tables.responder, tables.responder_area
_area = tables.area

_circuit = duty_tables.circuit
_NAMES: Final = ("id", "kind", "everywhere", "account", "ways", "language", "place", "contract")
_COLUMNS: Final = (*(_responder.c[name] for name in _NAMES), _circuit.c.state.label("circuit"))
_HAS_CIRCUIT: Final = _circuit.c.provider == _responder.c.id


class DutyQueries:
    """Responders, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def find_responders(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, list[HomeResponder]]:
        """Find who answers for each of these homes: their areas cover it. It opens nothing.

        Those who are paired with the home come first, in the home's order, then the others in the order of the fleet file. A home
        that does not exist is left out; a retired responder too.
        """
        homes: dict[HouseholdId, tuple[AreaId, list[str]]] = {}
        for some in split_chunks(set(households)):
            query = narrow(
                select(_home.c.id, _home.c.area, _home.c.paired).where(match_any(_home.c.id, some)), _home.c.area, self._scope
            )
            homes.update((row.id, (row.area, row.paired)) for row in self._connection.execute(query))
        covering = self.find_covering({area for area, _ in homes.values()})
        # of one area many homes are asked about: each responder is made once
        by_area = {area: {row["id"]: _make_home_responder(row) for row in rows} for area, rows in covering.items()}
        found: dict[HouseholdId, list[HomeResponder]] = {}
        for home, (area, paired) in homes.items():
            everybody = by_area[area]
            found[home] = [replace(everybody[who], is_paired=True) for who in paired if who in everybody]
            found[home] += [one for who, one in everybody.items() if who not in paired]
        return found

    def find_area_responders(self, areas: Iterable[AreaId | None]) -> dict[AreaId | None, list[HomeResponder]]:
        """Find who answers for each of these areas; for None, those who answer for a whole tree of them. It opens nothing."""
        wanted = set(areas)
        by_area = self.find_covering({area for area in wanted if area is not None})
        found: dict[AreaId | None, list[HomeResponder]] = {
            area: [_make_home_responder(row) for row in rows] for area, rows in by_area.items()
        }
        if None in wanted:
            roots = select(_area.c.id).where(_area.c.parent.is_(None), _area.c.retired_at.is_(None))
            roots = narrow(roots, _area.c.id, self._scope)
            widest = narrow(select(_place.c.responder), _place.c.area, self._scope).where(_place.c.area.in_(roots))
            query = select(*_COLUMNS).outerjoin(_circuit, _HAS_CIRCUIT).where(_responder.c.retired_at.is_(None))
            query = query.where(or_(_responder.c.everywhere, _responder.c.id.in_(widest)))
            query = narrow(query, _responder.c.id, self._scope)
            rows = iterate_dicts(self._connection, query.order_by(_responder.c.place, _responder.c.id))
            found[None] = [_make_home_responder(row) for row in rows]
        return found

    def find_covering(self, areas: Iterable[AreaId]) -> dict[AreaId, list[dict[str, Any]]]:
        """Find the rows of those whose areas cover each of these areas, in the order of the fleet file, with nothing opened."""
        wanted = set(areas)
        covers: dict[str, set[AreaId]] = {}
        for some in split_chunks(wanted):
            lies = narrow(select(_line.c.area, _place.c.responder), _place.c.area, self._scope)
            lies = lies.join(_place, _place.c.area == _line.c.above).where(match_any(_line.c.area, some))
            for area, who in self._connection.execute(lies):
                covers.setdefault(who, set()).add(area)
        found: dict[AreaId, list[dict[str, Any]]] = {area: [] for area in wanted}
        query = narrow(select(*_COLUMNS).outerjoin(_circuit, _HAS_CIRCUIT), _responder.c.id, self._scope)
        query = query.where(_responder.c.retired_at.is_(None))
        rows: list[dict[str, Any]] = []
        if wanted:
            rows += iterate_dicts(self._connection, query.where(_responder.c.everywhere))
        for those in split_chunks(covers):
            rows += iterate_dicts(self._connection, query.where(match_any(_responder.c.id, those)))
        for row in sorted(rows, key=lambda row: (row["place"], row["id"])):
            for area in wanted if row["everywhere"] else covers[row["id"]]:
                found[area].append(row)
        return found

    def list_kinds(self) -> list[ListedResponder]:
        """List every responder in the order of the fleet file, with nothing opened."""
        columns = (_responder.c.id, _responder.c.kind, _responder.c.areas, _responder.c.account)
        query = narrow(select(*columns), _responder.c.id, self._scope).where(_responder.c.retired_at.is_(None))
        return [
            ListedResponder(ResponderId(row.id), ResponderKind(row.kind), tuple(map(AreaId, row.areas)), row.account)
            for row in self._connection.execute(query.order_by(_responder.c.place, _responder.c.id))
        ]

    def list_certified(self) -> list[tuple[ResponderId, tuple[str, ...], tuple[Certificate, ...]]]:
        """List every responder who has a certificate, with their skills and certificates, in the order of the fleet file."""
        columns = (_responder.c.id, _responder.c.skills, _responder.c.certificates)
        query = narrow(select(*columns).where(_responder.c.retired_at.is_(None)), _responder.c.id, self._scope)
        rows = self._connection.execute(query.order_by(_responder.c.place, _responder.c.id))
        return [(ResponderId(row.id), tuple(row.skills), read_certificates(row.certificates)) for row in rows if row.certificates]

    def list_retired(self) -> frozenset[ResponderId]:
        """List those who are retired: they have no shift, whatever a rota says."""
        query = select(_responder.c.id).where(_responder.c.retired_at.is_not(None))
        return frozenset(map(ResponderId, self._connection.scalars(narrow(query, _responder.c.id, self._scope))))

    def find_language(self, responder: ResponderId) -> str:
        """Find in which language somebody is written to; empty where there is no such responder."""
        query = select(_responder.c.language).where(_responder.c.id == responder)
        language: str | None = self._connection.scalar(narrow(query, _responder.c.id, self._scope))
        return language or ""

    def list_responders(self, *, with_retired: bool = False) -> list[Responder]:
        """List every responder in the order of the fleet file, opened; with `with_retired`, retired ones too."""
        query = narrow(select(_responder), _responder.c.id, self._scope).order_by(_responder.c.place, _responder.c.id)
        if not with_retired:
            query = query.where(_responder.c.retired_at.is_(None))
        return [make_responder(row) for row in open_rows(self._keys, RESPONDERS, iterate_dicts(self._connection, query))]

    def find_opened(self, responders: Iterable[ResponderId]) -> dict[ResponderId, Responder]:
        """Find these responders, opened, retired ones too; those that do not exist are left out."""
        found: dict[ResponderId, Responder] = {}
        for some in split_chunks(set(responders)):
            query = narrow(select(_responder).where(match_any(_responder.c.id, some)), _responder.c.id, self._scope)
            rows = open_rows(self._keys, RESPONDERS, iterate_dicts(self._connection, query))
            found |= {one.id: one for one in map(make_responder, rows)}
        return found

    def find_accounts(self, accounts: Iterable[str]) -> dict[str, ResponderId]:
        """Find whose accounts these are, so that an alert of `user:NAME` leads to a responder; nobody's are left out."""
        found: dict[str, ResponderId] = {}
        for some in split_chunks({account for account in accounts if account}):
            living = match_any(_responder.c.account, some)
            query = select(_responder.c.account, _responder.c.id).where(living, _responder.c.retired_at.is_(None))
            for account, who in self._connection.execute(narrow(query, _responder.c.id, self._scope)):
                found[account] = ResponderId(who)
        return found


def _make_home_responder(row: dict[str, Any]) -> HomeResponder:
    """Make a responder of many homes, of whom nobody says yet that they are paired with one."""
    who = ResponderId(row["id"])
    return HomeResponder(
        responder=who,
        contact=make_responder_contact(who),
        kind=ResponderKind(row["kind"]),
        ways=tuple((kind, endpoint) for kind, endpoint in row["ways"]),
        is_paired=False,
        place=row["place"],
        account=row["account"],
        language=row["language"],
        contract=read_contract(row["contract"]),
        circuit=CircuitState(row["circuit"] or CircuitState.CLOSED),
    )
