"""Who may do and see what: one table of roles, and one of the parts of homebeat.

For each role the table names its operations and the personal fields that it sees, and for each of them *when*. What is not in
the table is not permitted. Source of the table: the field's practice as told in ADR 0030.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from homebeat.domain.actor import ActorKind
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.metric import Metric


class Operation(StrEnum):
    """What people can ask of homebeat, and what it does by itself."""

    OWN_ACCOUNT = "own_account"  # sign in and out, one's own password and sessions
    READ_ALERTS = "read_alerts"  # the queue, an alert with its history, the live stream
    READ_HOMES = "read_homes"  # residents, homes and devices, with their states
    FOLLOW = "follow"  # see how things stand about one alert, on the family's page
    REPLY = "reply"  # answer that alert, on the family's page
    VISIT = "visit"  # report from the door, on the page of a visit
    CLOSE_CRITICAL = "close_critical"  # close a critical alert
    READ_TOTALS = "read_totals"  # counts and outcomes of an area
    READ_SERVICE = "read_service"  # how homebeat itself is: what was set aside, queues, metrics
    READ_AUDIT = "read_audit"
    READ_PEOPLE = "read_people"  # accounts, keys and sessions
    ANSWER = "answer"  # take, give back, close and reopen an alert
    SHELVE = "shelve"  # have one kind of alert about one subject held back, for a shift
    SILENCE = "silence"  # have one kind of alert held back for longer, or in a whole area
    SET_GUIDES = "set_guides"  # say what is to be done about alerts of each kind in an area
    SET_RULES = "set_rules"  # change rules of an area: whether they are on, and their thresholds
    REMARK = "remark"  # add a remark to an alert
    CHOOSE = "choose"  # a resident's false-alarm budget, and back-tests
    CONSENT = "consent"  # enter what a resident agreed to
    BREAK_GLASS = "break_glass"  # see what the role does not show, for a reason and a short time
    REVIEW_GLASS = "review_glass"  # see who has broken the glass and why, and say that one has looked at it
    DOOR_CODES = "door_codes"  # print the codes at doors, and renew one whose label is lost
    KEEP_HOMES = "keep_homes"  # contacts, absences, how to get in, and what to know of who lives there
    FIT_DEVICES = "fit_devices"  # add, replace and retire devices
    MANAGE_HOMES = "manage_homes"  # add, move and retire homes, and say by which plan they are answered for
    MANAGE_PEOPLE = "manage_people"  # accounts, their roles, keys and sessions
    ESCALATE = "escalate"  # go on with the plan of an alert that nobody has answered
    READ_DUTY = "read_duty"  # who is on duty and who is next, rotas, leave, hand-overs
    OWN_SHIFTS = "own_shifts"  # swap one's own shifts, take leave, have them in one's calendar
    ARRANGE_DUTY = "arrange_duty"  # set rotas, and change anybody's shifts and leave
    COMPLAIN = "complain"  # enter a complaint, and see those of one's areas
    ANSWER_COMPLAINT = "answer_complaint"  # say whether a complaint is right
    FOLLOW_UP = "follow_up"  # ask whether somebody came, some time after a case was closed
    SUSPEND = "suspend"  # give the work of a provider to its standby, and back
    WATCH_PLATFORMS = "watch_platforms"  # see whether city platforms take events
    WATCH_COMPLAINTS = "watch_complaints"  # see that supervisors hear of complaints
    WATCH_PROVIDERS = "watch_providers"  # see what became of what providers were asked
    WRITE_NOTES = "write_notes"  # tell contacts who want it that life was seen
    COUNT_HOURS = "count_hours"  # enter the hours that volunteers gave
    WATCH_DUTY = "watch_duty"  # see that somebody is on duty, and say so where nobody is
    JUDGE = "judge"  # open, clear and change alerts as the rules say
    GIVE_UP = "give_up"  # say that a notice could not be delivered
    ENTER_RECEIPTS = "enter_receipts"  # what providers say became of messages
    RECORD = "record"  # lay down what happened before homebeat was there
    CARRY = "carry"  # write everything as open files, or read it into an empty installation
    ERASE = "erase"  # erase a resident: destroy their key, and delete what is stored about them
    FORGET = "forget"  # delete the oldest rows of the audit
    TURN_AWAY = "turn_away"  # say that somebody was not signed in


class Field(StrEnum):
    """Personal data, in the groups in which roles see it."""

    NAME = "name"  # of the resident, with the year of birth
    ADDRESS = "address"  # with how to get in
    PHONE = "phone"  # telephone numbers of the resident and of the contacts
    CONTACTS = "contacts"  # who the contacts are
    VITALS = "vitals"  # values that a band measures: pulse, oxygen, temperature, steps, presence
    WATER = "water"  # the curve of a meter
    NOTES = "notes"  # what people wrote in remarks, and about how to help a resident; photos from the door
    HABITS = "habits"  # what homebeat has learned of somebody's days, and when they are away


def find_metric_field(metric: Metric) -> Field | None:
    """Find the group of personal data that a metric belongs to; None for what says something about a device alone."""
    if metric in {Metric.VOLUME_M3, Metric.FLOW_M3H}:
        return Field.WATER
    return None if metric in _OF_DEVICE else Field.VITALS


_OF_DEVICE: Final = frozenset(
    {
        *(Metric.BATTERY_PCT, Metric.BATTERY_LOW, Metric.RSSI_DBM, Metric.METER_STATUS, Metric.HEARTBEAT, Metric.ONLINE),
        *(Metric.ALARM_TAMPER, Metric.ALARM_UNREADABLE),
    }
)


class Relation(StrEnum):
    """How an object stands to who asks. An object that lies outside the scope has no relation at all."""

    IN_AREA = "in_area"
    WITH_ALERT = "with_alert"  # in the area, and its resident or home has an unresolved alert that waits for people
    OWN = "own"  # in the area, and who asks has taken that alert, or has an order for that home
    GLASS = "glass"  # in the area, and who asks has broken the glass for it
    LINKED = "linked"  # who asks has the family's link to its alert
    AGREED = "agreed"  # linked, and who is concerned agreed that the family sees values
    WITHDRAWN = "withdrawn"  # in the area, and a resident withdrew consent to what is asked for (`domain.consent`)


class When(StrEnum):
    """On which objects of the scope an entry of the table holds."""

    ALWAYS = "always"
    WITH_ALERT = "with_alert"
    OWN = "own"
    GLASS = "glass"
    LINKED = "linked"
    AGREED = "agreed"
    NEVER = "never"

    def holds(self, relations: frozenset[Relation]) -> bool:
        """Whether it holds for an object with these relations.

        Broken glass opens whatever the role can open at all, but what the family is shown. What was withdrawn is opened by
        nothing.
        """
        if self is When.NEVER or not relations or Relation.WITHDRAWN in relations:
            return False
        if self is When.ALWAYS or (Relation.GLASS in relations and self not in _OF_FAMILY):
            return True
        return Relation(self.value) in relations


_OF_FAMILY: Final = frozenset({When.LINKED, When.AGREED})


class Role(StrEnum):
    """What somebody does here."""

    RESPONDER = "responder"  # answers alerts of a community, at its desk or on the way
    DESK = "desk"  # the operator on duty
    NURSE = "nurse"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"  # of a district or a city: sees counts, no person
    INSTALLER = "installer"
    ADMIN = "admin"
    AUDITOR = "auditor"
    INTEGRATOR = "integrator"  # another system, by a key


@dataclass(frozen=True, slots=True)
class Permissions:
    """One row of the table.

    Attributes:
        operations: What the role may do, and on which objects.
        fields: Which personal fields it sees, and of which objects. A field that is missing here is never seen.
        last_ms: How far back from now it sees values of a field, ms; without an entry as far as they are kept.
    """

    operations: Mapping[Operation, When]
    fields: Mapping[Field, When] = field(default_factory=dict)
    last_ms: Mapping[Field, int] = field(default_factory=dict)


def _always(*operations: Operation) -> dict[Operation, When]:
    return dict.fromkeys((Operation.OWN_ACCOUNT, *operations), When.ALWAYS)


_LOOK: Final = _always(
    *(Operation.READ_ALERTS, Operation.READ_HOMES, Operation.READ_TOTALS, Operation.READ_SERVICE, Operation.READ_DUTY)
)
_ANSWER: Final = _LOOK | _always(
    *(Operation.ANSWER, Operation.CLOSE_CRITICAL, Operation.SHELVE),
    *(Operation.REMARK, Operation.BREAK_GLASS, Operation.OWN_SHIFTS, Operation.COMPLAIN),
)

#: What is not in this table is not permitted.
PERMITTED: Final[Mapping[Role, Permissions]] = MappingProxyType(
    {
        Role.RESPONDER: Permissions(
            _ANSWER,
            {
                Field.NAME: When.ALWAYS,
                Field.ADDRESS: When.WITH_ALERT,
                Field.PHONE: When.WITH_ALERT,
                Field.CONTACTS: When.WITH_ALERT,
                Field.VITALS: When.WITH_ALERT,
                Field.WATER: When.WITH_ALERT,
                Field.NOTES: When.OWN,
                Field.HABITS: When.WITH_ALERT,
            },
            {Field.VITALS: 2 * HOUR_MS, Field.WATER: 24 * HOUR_MS},
        ),
        Role.DESK: Permissions(
            _ANSWER | _always(Operation.KEEP_HOMES),
            {
                Field.NAME: When.ALWAYS,
                Field.ADDRESS: When.WITH_ALERT,
                Field.PHONE: When.WITH_ALERT,
                Field.CONTACTS: When.WITH_ALERT,
                Field.VITALS: When.WITH_ALERT,
                Field.WATER: When.WITH_ALERT,
                Field.NOTES: When.ALWAYS,
                Field.HABITS: When.WITH_ALERT,
            },
        ),
        Role.NURSE: Permissions(
            _ANSWER | _always(Operation.CHOOSE, Operation.CONSENT, Operation.KEEP_HOMES), dict.fromkeys(Field, When.ALWAYS)
        ),
        Role.SUPERVISOR: Permissions(
            _ANSWER
            | _always(Operation.CHOOSE, Operation.CONSENT, Operation.REVIEW_GLASS, Operation.SILENCE, Operation.SUSPEND)
            | _always(Operation.ANSWER_COMPLAINT, Operation.KEEP_HOMES, Operation.FIT_DEVICES, Operation.MANAGE_HOMES)
            | _always(Operation.SET_GUIDES, Operation.SET_RULES)
            | _always(Operation.READ_PEOPLE, Operation.MANAGE_PEOPLE, Operation.ARRANGE_DUTY, Operation.DOOR_CODES),
            {
                Field.NAME: When.ALWAYS,
                Field.ADDRESS: When.WITH_ALERT,
                Field.PHONE: When.WITH_ALERT,
                Field.CONTACTS: When.WITH_ALERT,
                Field.VITALS: When.NEVER,
                Field.WATER: When.ALWAYS,
                Field.NOTES: When.ALWAYS,
                Field.HABITS: When.ALWAYS,
            },
        ),
        Role.MANAGER: Permissions(_always(Operation.READ_TOTALS)),
        Role.INSTALLER: Permissions(
            _LOOK | _always(Operation.REMARK, Operation.FIT_DEVICES),
            {Field.NAME: When.ALWAYS, Field.ADDRESS: When.OWN, Field.PHONE: When.OWN},
        ),
        Role.ADMIN: Permissions(
            _LOOK
            | _always(Operation.CHOOSE, Operation.SET_RULES, Operation.READ_PEOPLE, Operation.MANAGE_PEOPLE)
            | _always(Operation.BREAK_GLASS, Operation.REVIEW_GLASS)
            | _always(Operation.OWN_SHIFTS, Operation.ARRANGE_DUTY, Operation.DOOR_CODES)
            | _always(Operation.KEEP_HOMES, Operation.FIT_DEVICES, Operation.MANAGE_HOMES),
            {
                Field.NAME: When.ALWAYS,
                Field.ADDRESS: When.GLASS,
                Field.PHONE: When.GLASS,
                Field.CONTACTS: When.GLASS,
                Field.VITALS: When.GLASS,
                Field.HABITS: When.GLASS,
            },
        ),
        Role.AUDITOR: Permissions(_always(Operation.READ_AUDIT, Operation.READ_PEOPLE, Operation.READ_TOTALS)),
        Role.INTEGRATOR: Permissions(_LOOK | _always(Operation.ANSWER, Operation.REMARK, Operation.COMPLAIN)),
    }
)


#: Who sees totals and no alert sees no count below this: a smaller one may be of somebody whom they know.
SMALLEST_TOTAL: Final = 10

#: The roles that somebody with `MANAGE_PEOPLE` may give and take away.
GIVES: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {Role.SUPERVISOR: frozenset({Role.RESPONDER, Role.DESK, Role.NURSE, Role.INSTALLER}), Role.ADMIN: frozenset(Role)}
)

#: What a part of homebeat may do, by the kind of actor and its name. A part without a name stands under "", and whoever
#: works at the command line of the machine: the operating system has let them in.
MACHINES: Final[Mapping[tuple[ActorKind, str], frozenset[Operation]]] = MappingProxyType(
    {
        (ActorKind.ENGINE, ""): frozenset({Operation.JUDGE}),
        (ActorKind.CLOCK, ""): frozenset({Operation.ESCALATE, Operation.GIVE_UP}),
        (ActorKind.SERVICE, "deliver"): frozenset({Operation.GIVE_UP, Operation.ENTER_RECEIPTS}),
        (ActorKind.SERVICE, "history"): frozenset({Operation.RECORD}),
        (ActorKind.SERVICE, "retention"): frozenset({Operation.FORGET}),
        (ActorKind.SERVICE, "sign_in"): frozenset({Operation.TURN_AWAY}),
        (ActorKind.SERVICE, "duty"): frozenset({Operation.WATCH_DUTY}),
        (ActorKind.SERVICE, "complaints"): frozenset({Operation.WATCH_COMPLAINTS}),
        (ActorKind.SERVICE, "follow_ups"): frozenset({Operation.FOLLOW_UP}),
        (ActorKind.SERVICE, "family_notes"): frozenset({Operation.WRITE_NOTES}),
        (ActorKind.SERVICE, "volunteers"): frozenset({Operation.COUNT_HOURS}),
        (ActorKind.SERVICE, "providers"): frozenset({Operation.WATCH_PROVIDERS}),
        (ActorKind.SERVICE, "platforms"): frozenset({Operation.WATCH_PLATFORMS}),
        (ActorKind.COMMAND, ""): frozenset(
            {
                *(Operation.READ_PEOPLE, Operation.MANAGE_PEOPLE, Operation.ARRANGE_DUTY, Operation.SUSPEND),
                *(Operation.COMPLAIN, Operation.ANSWER_COMPLAINT, Operation.DOOR_CODES),
                *(Operation.KEEP_HOMES, Operation.OWN_SHIFTS, Operation.CARRY, Operation.ERASE),
            }
        ),
    }
)


#: Whose session is over, at a page that they had open: sees that alerts wait, and nothing of anybody. Nobody can be given it.
ONLOOKER: Final = "onlooker"
#: A contact, by the link in a message: how things stand about one alert, and nothing else. Nobody can be given it.
FAMILY: Final = "family"
#: A responder who goes to the door, by the link in a message: one home, for one alert. Nobody can be given it.
VISITOR: Final = "visitor"
#: The rows of the table that no account and no key has.
NOT_GIVEN: Final[Mapping[str, Permissions]] = MappingProxyType(
    {
        ONLOOKER: Permissions({Operation.READ_ALERTS: When.ALWAYS}),
        FAMILY: Permissions(
            {Operation.FOLLOW: When.LINKED, Operation.REPLY: When.LINKED},
            {Field.NAME: When.LINKED, Field.PHONE: When.LINKED, Field.VITALS: When.AGREED, Field.WATER: When.AGREED},
            {Field.VITALS: 24 * HOUR_MS, Field.WATER: 24 * HOUR_MS},
        ),
        VISITOR: Permissions(
            {Operation.FOLLOW: When.LINKED, Operation.VISIT: When.LINKED},
            {Field.NAME: When.LINKED, Field.ADDRESS: When.LINKED, Field.PHONE: When.LINKED},
        ),
    }
)
_BY_TEXT: Final[Mapping[str, Permissions]] = {role.value: row for role, row in PERMITTED.items()} | dict(NOT_GIVEN)


def find_permissions(role: str) -> Permissions | None:
    """Find the row of a role as it is stored; None for a role that is none of ours: it permits nothing."""
    return _BY_TEXT.get(role)


def list_given(role: str) -> frozenset[Role]:
    """List the roles that somebody with this role may give and take away."""
    return GIVES.get(Role(role), frozenset()) if role in _BY_TEXT else frozenset()


def list_roles(operation: Operation) -> tuple[Role, ...]:
    """List the roles that may do `operation`, at least on some objects."""
    return tuple(role for role in Role if PERMITTED[role].operations.get(operation, When.NEVER) is not When.NEVER)
