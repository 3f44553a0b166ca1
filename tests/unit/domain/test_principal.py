"""Who may do and see what: the table, grants in areas, and what several grants give together."""

from __future__ import annotations

import itertools

import pytest

from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.alert import Subject
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.ids import AreaId, ContactId, HouseholdId
from homebeat.domain.principal import ENGINE, Grant, Principal, make_command, make_family, make_holder, make_service, make_visitor
from homebeat.domain.role import FAMILY, GIVES, MACHINES, NOT_GIVEN, PERMITTED, Field, Operation, Relation, Role, When
from homebeat.domain.scope import EVERYTHING, NOTHING, Scope

LANE, STREET, OTHER = AreaId("lane"), AreaId("street"), AreaId("other")
IN_LANE = frozenset({LANE, STREET})
IN_OTHER = frozenset({OTHER})
PLACELESS: frozenset[AreaId] = frozenset()
HERE = frozenset({Relation.IN_AREA})
ALARMED = HERE | {Relation.WITH_ALERT}


def who(*grants: Grant) -> Principal:
    return make_holder(ActorKind.PERSON, "chen", grants)


def test_every_role_has_its_row_and_every_operation_somebody() -> None:
    assert set(PERMITTED) == set(Role)
    rows = [*PERMITTED.values(), *NOT_GIVEN.values()]
    given = set[Operation]().union(*(row.operations for row in rows), *MACHINES.values())
    assert given == set(Operation)
    assert set[Field]().union(*(row.fields for row in PERMITTED.values())) == set(Field)
    assert all(set(row.last_ms) <= {f for f, when in row.fields.items() if when is not When.NEVER} for row in rows)


def test_a_person_never_does_what_is_a_machines() -> None:
    for operation in (Operation.JUDGE, Operation.GIVE_UP, Operation.RECORD):
        assert not any(operation in row.operations for row in PERMITTED.values())


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("place, line", [(LANE, IN_LANE), (STREET, IN_LANE), (None, IN_LANE), (OTHER, IN_LANE)])
def test_a_role_counts_in_its_area_and_below(
    role: Role, operation: Operation, place: AreaId | None, line: frozenset[AreaId]
) -> None:
    one = who(Grant(role, place))
    has = operation in PERMITTED[role].operations
    reaches = place is None or place in line
    assert one.may(operation) is has
    assert one.may_on(operation, line, ALARMED) is (has and reaches)
    assert one.find_scope(operation) == (NOTHING if not has else EVERYTHING if place is None else Scope(frozenset({place})))
    assert one.find_scope(operation).reaches(line) is (has and reaches)


@pytest.mark.parametrize("role, field", list(itertools.product(Role, Field)))
def test_a_field_is_seen_as_the_table_says(role: Role, field: Field) -> None:
    one, when = who(Grant(role, STREET)), PERMITTED[role].fields.get(field, When.NEVER)
    for relations in (HERE, ALARMED, HERE | {Relation.OWN}, HERE | {Relation.GLASS}):
        sees = {
            When.NEVER: False,
            When.ALWAYS: True,
            When.WITH_ALERT: bool(relations & {Relation.WITH_ALERT, Relation.GLASS}),
            When.OWN: bool(relations & {Relation.OWN, Relation.GLASS}),
            When.GLASS: Relation.GLASS in relations,
        }[when]
        assert one.sees(field, IN_LANE, relations) is sees
        assert not one.sees(field, IN_OTHER, relations)
    assert not one.sees(field, IN_LANE, frozenset())


#: Every way in which something can stand to somebody who has a family's link, or has none.
RELATIONS = [frozenset(some) for n in range(len(Relation) + 1) for some in itertools.combinations(Relation, n)]


@pytest.mark.parametrize("thing", [*Field, *Operation])
def test_the_link_of_a_visit_shows_where_to_go_and_nothing_else(thing: Field | Operation) -> None:
    one = make_visitor(ContactId("/wang"), Subject(HouseholdId("h-1")), [STREET])
    opens = {Operation.FOLLOW, Operation.VISIT, Field.NAME, Field.ADDRESS, Field.PHONE}
    for relations in RELATIONS:
        is_open = thing in opens and Relation.LINKED in relations and Relation.WITHDRAWN not in relations
        sees = one.sees(thing, IN_LANE, relations) if isinstance(thing, Field) else one.may_on(thing, IN_LANE, relations)
        assert sees is is_open, relations
        assert not (one.sees(thing, IN_OTHER, relations) if isinstance(thing, Field) else one.may_on(thing, IN_OTHER, relations))


@pytest.mark.parametrize("thing", [*Field, *Operation])
def test_a_familys_link_shows_the_name_and_what_was_agreed_and_nothing_is_opened_by_anything_else(
    thing: Field | Operation,
) -> None:
    one = make_family(ContactId("h-1/lin"), Subject(HouseholdId("h-1")), [STREET])
    needs: dict[Field | Operation, Relation] = {
        Operation.FOLLOW: Relation.LINKED,
        Operation.REPLY: Relation.LINKED,
        Field.PHONE: Relation.LINKED,
        Field.NAME: Relation.LINKED,
        Field.VITALS: Relation.AGREED,
        Field.WATER: Relation.AGREED,
    }
    for relations in RELATIONS:
        is_open = needs.get(thing) in relations and Relation.WITHDRAWN not in relations
        for line, reaches in ((IN_LANE, True), (IN_OTHER, False)):
            sees = one.sees(thing, line, relations) if isinstance(thing, Field) else one.may_on(thing, line, relations)
            assert sees is (is_open and reaches), relations


def test_what_the_family_agreed_to_opens_nothing_for_anybody_else() -> None:
    for role, field in itertools.product(Role, Field):
        one = who(Grant(role))
        for relations in RELATIONS:
            assert one.sees(field, IN_LANE, relations) is one.sees(field, IN_LANE, relations - {Relation.AGREED} or relations)


def test_nobody_can_be_given_what_no_account_has() -> None:
    assert FAMILY in NOT_GIVEN
    assert not set(NOT_GIVEN) & set(Role)
    forged = who(Grant(FAMILY))
    assert not any(forged.may_on(operation, IN_LANE, ALARMED | {Relation.OWN, Relation.GLASS}) for operation in Operation)
    assert not any(forged.sees(field, IN_LANE, ALARMED | {Relation.OWN, Relation.GLASS}) for field in Field)


def test_two_roles_in_two_areas_count_each_in_its_own() -> None:
    both = who(Grant(Role.SUPERVISOR, LANE), Grant(Role.NURSE, OTHER))
    assert both.sees(Field.VITALS, IN_OTHER, HERE)
    assert not both.sees(Field.VITALS, IN_LANE, ALARMED)
    assert both.may_on(Operation.MANAGE_PEOPLE, IN_LANE, HERE)
    assert not both.may_on(Operation.MANAGE_PEOPLE, IN_OTHER, HERE)
    assert both.find_scope(Operation.READ_ALERTS) == Scope(frozenset({LANE, OTHER}))
    assert both.find_scope(Operation.MANAGE_PEOPLE) == Scope(frozenset({LANE}))
    assert str(both.actor) == "user:chen"
    assert both.actor.role == "nurse,supervisor"


def test_two_roles_in_one_area_give_what_either_gives() -> None:
    both = who(Grant(Role.RESPONDER, LANE), Grant(Role.NURSE, STREET))
    assert both.find_last_ms(Field.VITALS, IN_LANE, ALARMED) is None
    one = who(Grant(Role.RESPONDER, LANE))
    assert one.find_last_ms(Field.VITALS, IN_LANE, ALARMED) == 2 * HOUR_MS
    assert one.find_last_ms(Field.WATER, IN_LANE, ALARMED) == 24 * HOUR_MS
    assert one.find_last_ms(Field.VITALS, IN_LANE, HERE) is None
    assert not one.sees(Field.VITALS, IN_LANE, HERE)


@pytest.mark.parametrize("role", ["", "god", "Desk", "desk "])
def test_a_role_that_is_none_of_ours_permits_nothing(role: str) -> None:
    nobody = who(Grant(role))
    assert not any(nobody.may(operation) for operation in Operation)
    assert not any(nobody.sees(field, IN_LANE, ALARMED | {Relation.GLASS}) for field in Field)
    assert nobody.list_given(None, PLACELESS) == frozenset()


def test_what_lies_in_no_area_may_be_answered_by_every_role_that_answers() -> None:
    assert who(Grant(Role.DESK, LANE)).may_on(Operation.ANSWER, PLACELESS, HERE)
    assert not who(Grant(Role.MANAGER)).may_on(Operation.ANSWER, PLACELESS, HERE)
    assert not who(Grant(Role.NURSE, LANE)).sees(Field.NAME, PLACELESS, HERE)


def test_a_part_of_homebeat_may_do_its_own_and_nothing_else() -> None:
    for (kind, name), own in MACHINES.items():
        part = Principal(Actor(kind, name))
        assert {operation for operation in Operation if part.may(operation)} == own
        assert all(part.find_scope(operation) == (EVERYTHING if operation in own else NOTHING) for operation in Operation)
    assert ENGINE.may(Operation.JUDGE)
    assert not any(make_service("anything").may(operation) for operation in Operation)
    assert make_command("root").may(Operation.MANAGE_PEOPLE)
    assert not make_command("root").may(Operation.ANSWER)


def test_who_may_give_which_role_and_where() -> None:
    assert set(GIVES) == {role for role, row in PERMITTED.items() if Operation.MANAGE_PEOPLE in row.operations}
    supervisor = who(Grant(Role.SUPERVISOR, STREET), Grant(Role.DESK, OTHER))
    assert supervisor.list_given(LANE, IN_LANE) == {Role.RESPONDER, Role.DESK, Role.NURSE, Role.INSTALLER}
    assert supervisor.list_given(OTHER, IN_OTHER) == frozenset()
    assert supervisor.list_given(None, PLACELESS) == frozenset()
    assert who(Grant(Role.ADMIN, STREET)).list_given(LANE, IN_LANE) == set(Role)
    assert who(Grant(Role.ADMIN, STREET)).list_given(None, PLACELESS) == frozenset()
    assert make_command("root").list_given(None, PLACELESS) == set(Role)


def test_a_scope_reaches_what_lies_in_it() -> None:
    assert EVERYTHING.reaches(IN_LANE)
    assert EVERYTHING.reaches(PLACELESS)
    assert not NOTHING.reaches(IN_LANE)
    assert Scope(frozenset({STREET})).reaches(IN_LANE)
    assert not Scope(frozenset({STREET})).reaches(IN_OTHER)
    assert not Scope(frozenset({STREET})).reaches(PLACELESS)
