"""Who asks: an actor with the roles that they have, each in an area and all below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.alert import Subject
from homebeat.domain.ids import AreaId, ContactId, HouseholdId
from homebeat.domain.role import (
    FAMILY,
    MACHINES,
    ONLOOKER,
    VISITOR,
    Field,
    Operation,
    Permissions,
    Relation,
    Role,
    When,
    find_permissions,
    list_given,
)
from homebeat.domain.scope import EVERYTHING, Scope

_NO_MACHINE: Final[frozenset[Operation]] = frozenset()


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in an area and all below it.

    Attributes:
        role: As stored. One that is not in `domain.role.Role` permits nothing.
        area: None for the whole installation.
    """

    role: str
    area: AreaId | None = None

    @property
    def permissions(self) -> Permissions | None:
        """What the table gives this role; None for a role that is none of ours."""
        return find_permissions(self.role)

    def reaches(self, line: frozenset[AreaId]) -> bool:
        """Whether something lies in its area; `line` is the area that it lies in, with every area above that."""
        return self.area is None or self.area in line


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        grants: Of a person or a key. A part of homebeat has none: what it may do stands in `MACHINES`.
        linked: Of a contact with a family's link: the home, or the person in it, whom its alert is about. None of others.
        linked_homes: Of a responder with a link to an alert about many homes: those that it names.
    """

    actor: Actor
    grants: tuple[Grant, ...] = ()
    linked: Subject | None = None
    linked_homes: frozenset[HouseholdId] = frozenset()

    @property
    def areas(self) -> frozenset[AreaId]:
        """The areas of their roles: the line of what lies in no area, and so in the scope of everybody."""
        return frozenset(grant.area for grant in self.grants if grant.area is not None)

    def may(self, operation: Operation) -> bool:
        """Whether they may do `operation` at all, at least on some objects somewhere."""
        return operation in self._list_machine() or any(True for _ in self._find(operation))

    def find_scope(self, operation: Operation) -> Scope:
        """Find the areas in which they may do `operation`, at least on some objects."""
        if operation in self._list_machine():
            return EVERYTHING
        areas = [grant.area for grant, _ in self._find(operation)]
        return EVERYTHING if None in areas else Scope(frozenset(area for area in areas if area is not None))

    def may_on(self, operation: Operation, line: frozenset[AreaId], relations: frozenset[Relation]) -> bool:
        """Whether they may do `operation` on an object.

        Args:
            operation: What they ask for.
            line: The area of the object, with every area above it. Empty for what lies in no area: every role may see that.
            relations: How the object stands to them, as far as it lies in the scope.
        """
        if operation in self._list_machine():
            return True
        return any(
            (not line or grant.reaches(line)) and row.operations[operation].holds(relations)
            for grant, row in self._find(operation)
        )

    def sees(self, field: Field, line: frozenset[AreaId], relations: frozenset[Relation]) -> bool:
        """Whether they see a personal field of an object; the arguments are as those of `may_on`."""
        return any(True for _ in self._find_field(field, line, relations))

    def find_last_ms(self, field: Field, line: frozenset[AreaId], relations: frozenset[Relation]) -> int | None:
        """How far back they see values of a field that they see, ms; None for as far as values are kept."""
        spans = [row.last_ms.get(field) for row in self._find_field(field, line, relations)]
        longest = [span for span in spans if span is not None]
        return None if len(longest) < len(spans) else max(longest, default=None)

    def may_open(self, fields: Iterable[Field], line: frozenset[AreaId]) -> bool:
        """Whether breaking the glass of something that lies there would show them one of these fields."""
        there = Principal(self.actor, tuple(grant for grant in self.grants if grant.reaches(line)))
        return there.may(Operation.BREAK_GLASS) and bool(there.find_whens(fields) - {When.NEVER, When.ALWAYS})

    def find_search_scope(self, field: Field) -> Scope:
        """Find the areas in which they may look for people by a field: they see it always, or answer alerts with it."""
        areas = [
            grant.area
            for grant, row in self._find(Operation.READ_HOMES)
            if (when := row.fields.get(field, When.NEVER)) is When.ALWAYS
            or (when is When.WITH_ALERT and Operation.ANSWER in row.operations)
        ]
        return EVERYTHING if None in areas else Scope(frozenset(area for area in areas if area is not None))

    def find_field_scope(self, field: Field) -> Scope:
        """Find the areas in which they always see a field."""
        areas = [grant.area for grant, row in self._find(Operation.READ_HOMES) if row.fields.get(field) is When.ALWAYS]
        return EVERYTHING if None in areas else Scope(frozenset(area for area in areas if area is not None))

    def find_whens(self, fields: Iterable[Field]) -> frozenset[When]:
        """Find what it may depend on, over all their roles, whether they see these fields."""
        rows = [row for grant in self.grants if (row := grant.permissions) is not None]
        return frozenset(row.fields.get(field, When.NEVER) for row in rows for field in fields)

    def list_given(self, area: AreaId | None, line: frozenset[AreaId]) -> frozenset[Role]:
        """List the roles that they may give others in an area, or with None in the whole installation."""
        if self.actor.kind is ActorKind.COMMAND:
            return frozenset(Role)
        own = [grant for grant in self.grants if (grant.reaches(line) if area is not None else grant.area is None)]
        return frozenset[Role]().union(*(list_given(grant.role) for grant in own))

    def _list_machine(self) -> frozenset[Operation]:
        name = "" if self.actor.kind is ActorKind.COMMAND else self.actor.name
        return MACHINES.get((self.actor.kind, name), _NO_MACHINE)

    def _find(self, operation: Operation) -> Iterable[tuple[Grant, Permissions]]:
        for grant in self.grants:
            row = grant.permissions
            if row is not None and row.operations.get(operation, When.NEVER) is not When.NEVER:
                yield grant, row

    def _find_field(self, field: Field, line: frozenset[AreaId], relations: frozenset[Relation]) -> Iterable[Permissions]:
        for grant in self.grants:
            row = grant.permissions
            if row is not None and grant.reaches(line) and row.fields.get(field, When.NEVER).holds(relations):
                yield row


def narrow_grants(principal: Principal, area: AreaId, lines: Mapping[AreaId, frozenset[AreaId]]) -> Principal:
    """Make what is left of somebody's roles within an area and all below it; without grants where nothing is.

    Args:
        principal: Who asks.
        area: Which area.
        lines: That area and those of the grants, each with every area above it.
    """
    above = lines.get(area, frozenset())
    if not above:
        return replace(principal, grants=())
    grants = [Grant(grant.role, area) for grant in principal.grants if grant.reaches(above)]
    grants += [
        grant for grant in principal.grants if grant.area not in {None, area} and area in lines.get(grant.area or area, above)
    ]
    return replace(principal, grants=tuple(dict.fromkeys(grants)))


def make_holder(kind: ActorKind, name: str, grants: Iterable[Grant]) -> Principal:
    """Make the principal for an account (`ActorKind.PERSON`) or a key (`ActorKind.KEY`)."""
    own = tuple(grants)
    return Principal(Actor(kind, name, ",".join(sorted({grant.role for grant in own}))), own)


def make_onlooker(principal: Principal) -> Principal:
    """Make what is left of somebody whose session is over: they see that alerts wait where they could see alerts."""
    seen = [grant for grant in principal.grants if (row := grant.permissions) and Operation.READ_ALERTS in row.operations]
    return make_holder(principal.actor.kind, principal.actor.name, (Grant(ONLOOKER, grant.area) for grant in seen))


def make_family(contact: ContactId, linked: Subject, areas: Iterable[AreaId]) -> Principal:
    """Make the principal for a contact with a family's link.

    Args:
        contact: Who got the link.
        linked: Whom its alert is about.
        areas: Where that home and that alert lie.
    """
    return Principal(Actor(ActorKind.CONTACT, contact, FAMILY), tuple(Grant(FAMILY, area) for area in areas), linked)


def make_visitor(
    contact: ContactId, linked: Subject, areas: Iterable[AreaId], homes: frozenset[HouseholdId] = frozenset()
) -> Principal:
    """Make the principal for a responder with a link to a visit.

    Args:
        contact: `/ID`.
        linked: As for `make_family`.
        areas: As for `make_family`.
        homes: Those that an alert about many homes names.
    """
    return Principal(Actor(ActorKind.CONTACT, contact, VISITOR), tuple(Grant(VISITOR, area) for area in areas), linked, homes)


def make_command(user: str) -> Principal:
    """Make the principal for whoever works at the command line; `user` is their name on the machine."""
    return Principal(Actor(ActorKind.COMMAND, user))


ENGINE: Final = Principal(Actor(ActorKind.ENGINE))
CLOCK: Final = Principal(Actor(ActorKind.CLOCK))


def make_service(name: str) -> Principal:
    """Make the principal for a part of homebeat, such as `deliver`."""
    return Principal(Actor(ActorKind.SERVICE, name))
