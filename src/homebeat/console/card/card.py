"""The card of one alert: the person first, then why, then everything that helps to answer for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from homebeat.actions.pulse import read_as_of
from homebeat.actions.shared_homes import SharedHome, SharedHomes, list_shared_homes
from homebeat.actions.shown_habits import read_habits
from homebeat.actions.view import View
from homebeat.actions.visiting import find_visitor
from homebeat.codecs.pairs import format_payload
from homebeat.console.card.calls import name_callee
from homebeat.console.card.earlier import Earlier, list_earlier
from homebeat.console.card.evidence import DeviceLine, Heat, ReadingLine, draw_heat, find_zone, list_devices, list_readings
from homebeat.console.card.outreach import Outreach, read_outreach
from homebeat.console.card.people import PersonLine, list_people
from homebeat.console.card.quiet_evidence import QuietEvidence, draw_quiet_evidence
from homebeat.console.card.signs import SignStrip, draw_signs
from homebeat.console.card.vitals import VitalLine, draw_vitals
from homebeat.console.resident.limits import LimitsInShort, sum_up_limits
from homebeat.console.web.access import Visitor
from homebeat.console.web.home_mark import write_mark
from homebeat.console.web.person import (
    drop_mask,
    format_iso,
    join_parts,
    list_hidden,
    name_actor,
    show_masked,
    write_age,
    write_place,
)
from homebeat.console.web.test_mark import mark_tests
from homebeat.domain.alert import (
    SLIP,
    Alert,
    Answer,
    Condition,
    Desk,
    Outcome,
    Priority,
    Reason,
    TransitionKind,
    can_undo_resolve,
)
from homebeat.domain.call import find_call
from homebeat.domain.durations import MS
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import Away
from homebeat.domain.follow_up import FollowUpAnswer
from homebeat.domain.ids import AlertId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation
from homebeat.domain.service_alerts import MISREAD
from homebeat.store import AlertDetail, DeviceTrouble, HouseholdDetail, ResidentEntry, Step, Suppression
from homebeat.wording import Wording, names


@dataclass(frozen=True, slots=True)
class Choice:
    """One outcome to close with."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One step of the alert's history."""

    iso: str
    clock: str
    what: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class SharingLine:
    """One home of an alert about many homes, as text.

    Attributes:
        look: `quiet`, `unknown`, `active`, or `open` where an alert of the home's own stands or waits.
        href: The page of the first resident.
        says: How they are, what waits, and who is to go.
    """

    look: str
    name: str
    href: str
    says: str


@dataclass(frozen=True, slots=True)
class Acts:
    """What the visitor may do to the alert now.

    Attributes:
        take_first: It is critical and nobody has it: it is closed after somebody has taken it.
        close_now: Somebody has it: the form that closes it is open.
    """

    take: bool
    resolve: bool
    release: bool
    reopen: bool
    remark: bool
    call: bool
    take_first: bool
    close_now: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """How a closed alert ended: ``Closed 13:12 · false alarm · desk-1``; `undo_until` where the visitor may undo it."""

    text: str
    undo_until: str


@dataclass(frozen=True, slots=True)
class Card:
    """All that the right pane shows, in one language.

    Attributes:
        notes: What is known of the residents, such as their hearing; with a name where there are several.
        hidden: What is masked in it, in words; `withdrawn`: the same because somebody withdrew their consent.
        sharing: Homes of an alert about many, and how many more there are.
        away: The absences of the home that last or are to come.
        devices_href: Where it shows what the device that it is about last sent, or the devices of that model; empty for neither.
    """

    id: str
    version: int
    priority: str
    priority_name: str
    title: str
    subtitle: str
    what: str
    sentence: str
    over: str
    standing: str
    acts: Acts
    outcomes: Sequence[Choice]
    history: Sequence[HistoryLine]
    reach: Outreach
    closed: Closed | None = None
    notes: Sequence[str] = ()
    people: Sequence[PersonLine] = ()
    away: Sequence[str] = ()
    earlier: Earlier = field(default_factory=Earlier)
    devices: Sequence[DeviceLine] = ()
    readings: Sequence[ReadingLine] = ()
    vitals: Sequence[VitalLine] = ()
    signs: SignStrip = field(default_factory=SignStrip)
    heat: Heat = field(default_factory=Heat)
    quiet: QuietEvidence = field(default_factory=QuietEvidence)
    limits: LimitsInShort | None = None
    notice: str = ""
    quoted: str = ""
    quoted_from: str = ""
    hidden: str = ""
    withdrawn: str = ""
    can_break_glass: bool = False
    household: str = ""
    is_grave: bool = False
    test: str = ""
    sharing: tuple[Sequence[SharingLine], int] = ((), 0)
    devices_href: str = ""
    follow_ups: Sequence[Choice] = ()


#: Of these reasons the sentence says no more than the name of the step.
_SAID_BY_KIND: Final = frozenset({"taken", "answered", "given_back", "taken_back", "note"})
#: Alerts about a message that is in quarantine.
_QUOTING: Final = frozenset({"unreadable_alarm", "unregistered_alarm"})
_LONGEST_QUOTE: Final = 400


def make_card(view: View, alert_id: AlertId, words: Wording, visitor: Visitor, book: PlanBook, notice: str = "") -> Card:
    """Put the card together for `visitor`, with what their role permits; `book`: the response plans in force.

    Raises:
        NotFound: There is no such alert.
    """
    reader, now = view.reader, view.now
    detail = view.get_alert(alert_id)
    if detail is None:
        raise NotFound(words.text("There is no such alert."))
    alert = detail.entry.alert
    home = None if alert.subject.household is None else view.find_household(alert.subject.household, alert.subject.resident)
    zone = detail.entry.timezone
    as_of = read_as_of(reader, now)
    concerned, withdrawn = (home.entry.residents, home.withdrawn) if home else ((), frozenset())
    hidden = detail.entry.hidden | (home.entry.hidden.union(*(one.hidden for one in concerned)) if home else frozenset())
    hidden -= withdrawn
    heat = draw_heat(view, alert, home, words)
    only = concerned[0] if len(concerned) == 1 else None
    habits = read_habits(view, only) if only else None
    reach = read_outreach(view, detail, home, book, words, may_answer=visitor.may(Operation.ANSWER))
    place = write_place(detail.entry, words, above=True)
    named = [name for entry in concerned if (name := drop_mask(entry.resident.name))]
    title = words.join_list(*named) or drop_mask(detail.entry.resident_name) or alert.subject.household or place
    quoted, quoted_from = _quote(view, alert, words)
    return Card(
        id=alert.id,
        version=alert.version,
        priority=alert.priority.value,
        priority_name=words.priority(alert.priority),
        title=title,
        subtitle=join_parts(write_age(only.resident.birth_year, now, words) if only else "", place if place != title else ""),
        what=words.rule_name(alert.rule),
        sentence=words.sentence(alert.reason, timezone=zone),
        over=_explain_clearing(detail, words, zone),
        standing=_describe_state(detail, words, zone),
        acts=_list_acts(alert, visitor, now),
        outcomes=list_outcomes(alert.desk, words),
        history=_list_history(detail, reach.names, words, zone),
        reach=reach,
        closed=_describe_closing(alert, visitor, now, words, zone),
        notes=_list_notes(concerned, words),
        people=list_people(concerned, words, as_of, [alert], is_live=True),
        away=_list_away(home.away, now, words, zone) if home else (),
        earlier=list_earlier(view, alert.subject.household if home else None, alert, words, zone),
        devices=list_devices(home, words, as_of),
        readings=list_readings(home, words),
        heat=heat,
        vitals=draw_vitals(view, home, words, zone),
        signs=draw_signs(view, home, heat.known, words, find_zone(zone)),
        quiet=draw_quiet_evidence(alert, habits.learned if habits else None, heat.known, zone, words, now),
        limits=sum_up_limits(only, habits, words) if only and habits else None,
        notice=notice,
        quoted=quoted,
        quoted_from=quoted_from,
        hidden=list_hidden(hidden, words),
        withdrawn=list_hidden(withdrawn, words),
        can_break_glass=bool(home and view.may_open(hidden, home.entry.household, home.entry.area)),
        household=alert.subject.household or "",
        is_grave=alert.is_grave,
        test=mark_tests(reader, [detail.entry], words).get(alert.id, ""),
        sharing=_list_sharing(list_shared_homes(view, alert), words, zone),
        follow_ups=_list_follow_ups(view, alert, words) if visitor.may(Operation.ANSWER) else (),
        devices_href=_find_devices_page(alert, home) if visitor.may(Operation.READ_HOMES) else "",
    )


def _find_devices_page(alert: Alert, home: HouseholdDetail | None) -> str:
    """Find the page of the device that an alert is about, or of the devices of a model."""
    device, model = alert.subject.device, alert.reason.params.get("model")
    if alert.rule == MISREAD and alert.subject.service:
        return f"/devices?{urlencode({'trouble': DeviceTrouble.MISREAD.value} | ({'model': model} if model else {}))}"
    # above a call for help stands nothing that does not help to answer it
    return f"/devices/one?{urlencode({'id': device})}" if device and home and alert.desk is Desk.DEVICES else ""


def _list_notes(concerned: Sequence[ResidentEntry], words: Wording) -> list[str]:
    """List what is known of each resident, as far as it is shown."""
    known = [(drop_mask(one.resident.name) or one.resident.id, drop_mask(one.resident.notes)) for one in concerned]
    if len(known) == 1:
        return [note for _, note in known if note]
    return [words.text("%(name)s: %(state)s", name=name, state=note) for name, note in known if note]


def _list_acts(alert: Alert, visitor: Visitor, now: int) -> Acts:
    may_answer = visitor.may(Operation.ANSWER)
    is_open, is_untaken = alert.answer is not Answer.RESOLVED, alert.answer is Answer.UNACKNOWLEDGED
    return Acts(
        take=may_answer and is_untaken,
        resolve=may_answer and is_open,
        release=may_answer and alert.answer is Answer.ACKNOWLEDGED and alert.owner == str(visitor.actor),
        reopen=may_answer and can_undo_resolve(alert, now, str(visitor.actor)),
        remark=visitor.may(Operation.REMARK),
        call=may_answer and is_open,
        take_first=is_untaken and alert.priority is Priority.CRITICAL,
        close_now=not is_untaken,
    )


def _describe_closing(alert: Alert, visitor: Visitor, now: int, words: Wording, zone: str) -> Closed | None:
    if alert.answer is not Answer.RESOLVED or alert.outcome is None or alert.resolved_at is None:
        return None
    clock, outcome = words.clock(alert.resolved_at, zone), words.outcome(alert.outcome, alert.desk)
    text = join_parts(words.text("Closed %(clock)s", clock=clock), outcome, name_actor(alert.resolved_by, words))
    is_undoable = can_undo_resolve(alert, now, str(visitor.actor))
    return Closed(text, words.clock(alert.resolved_at + SLIP // MS, zone) if is_undoable else "")


def _list_away(away: Sequence[Away], now: int, words: Wording, zone: str) -> list[str]:
    """Write the absences that last or are to come."""
    return [
        join_parts(_write_away(one, words, zone), show_masked(one.reason, words))
        for one in away
        if one.ends_at is None or one.ends_at.timestamp() * 1000 >= now
    ]


def _write_away(away: Away, words: Wording, zone: str) -> str:
    begins = words.clock(away.starts_at.timestamp() * 1000, zone)
    if away.ends_at is None:
        return words.text("Away since %(begins)s, until further notice", begins=begins)
    return words.text("Away from %(begins)s to %(ends)s", begins=begins, ends=words.clock(away.ends_at.timestamp() * 1000, zone))


def _list_sharing(shared: SharedHomes, words: Wording, zone: str) -> tuple[list[SharingLine], int]:
    return [_make_sharing_line(one, words, zone) for one in shared.homes], shared.left_out


def _list_follow_ups(view: View, alert: Alert, words: Wording) -> list[Choice]:
    """What may be said of how a closed case went; nothing while it is not asked, and once somebody has answered."""
    found = view.reader.follow_ups.find(alert.id) if alert.answer is Answer.RESOLVED else None
    if found is None or not found.can_be_answered(view.now):
        return []
    return [Choice(one.value, words.follow_up(one)) for one in FollowUpAnswer]


def _make_sharing_line(shared: SharedHome, words: Wording, zone: str) -> SharingLine:
    people = shared.home.residents
    name = words.join_list(*(drop_mask(one.resident.name) or one.resident.id for one in people)) or shared.home.household
    states = list(dict.fromkeys(shared.states.values()))
    waits = [
        words.text("%(rule)s since %(clock)s, held back", rule=words.rule_name(rule), clock=words.clock(since, zone))
        for rule, since in shared.waiting.items()
    ]
    says = join_parts(
        drop_mask(shared.home.address),
        *(words.home_state(state, away=False) for state in states),
        *(words.rule_name(rule) for rule in shared.own),
        *waits,
        words.text("%(names)s is to go", names=words.join_list(*shared.workers)) if shared.workers else "",
        write_mark(shared.mark, shared.marked_at, words, zone),
    )
    look = "open" if shared.own or shared.waiting else states[0] if states else "unknown"
    return SharingLine(look, name, f"/resident/{quote(people[0].resident.id)}" if people else "", says)


def _quote(view: View, alert: Alert, words: Wording) -> tuple[str, str]:
    """What could be read of the message that an alert is about, and where that lies."""
    at = alert.reason.params.get("since_at")
    if alert.rule not in _QUOTING or not isinstance(at, int) or alert.subject.device is None:
        return "", ""
    entry = view.find_received(at, alert.subject.device)
    if entry is None:
        return "", ""
    return format_payload(entry.payload, _LONGEST_QUOTE), words.text(
        "Message %(id)s in quarantine, on the topic %(topic)s", id=entry.id, topic=entry.topic
    )


def list_outcomes(desk: Desk, words: Wording) -> list[Choice]:
    """What an alert of this desk may be closed with."""
    offered = names.OUTCOMES_OF_DESK.get(desk, names.OUTCOMES)
    return [Choice(code, words.outcome(code, desk)) for code in offered if code != Outcome.WITHDRAWN]


def _explain_clearing(detail: AlertDetail, words: Wording, zone: str) -> str:
    """Why the condition no longer holds, while somebody still has to look."""
    alert = detail.entry.alert
    if alert.condition is not Condition.CLEARED or alert.answer is Answer.RESOLVED:
        return ""
    ends = (step for step in reversed(detail.history) if step.kind in {TransitionKind.CLEARED, TransitionKind.CONTRADICTED})
    step = next(ends, None)
    return words.sentence(step.reason, timezone=zone) if step else ""


def _describe_state(detail: AlertDetail, words: Wording, zone: str) -> str:
    alert = detail.entry.alert
    machine = words.text("Late data show a sign of life before it") if alert.contradicted else words.condition(alert.condition)
    opened = words.text("Opened %(clock)s", clock=words.clock(alert.opened_at, zone))
    if alert.answer is Answer.RESOLVED and alert.outcome is not None:
        outcome = words.outcome(alert.outcome, alert.desk)
        return join_parts(opened, words.answer(alert.answer), outcome, name_actor(alert.owner, words))
    shown = machine if alert.condition is Condition.CLEARED or alert.contradicted else ""
    return join_parts(opened, words.answer(alert.answer), name_actor(alert.owner, words) if alert.owner else "", shown)


def _list_history(detail: AlertDetail, names: Mapping[str, str], words: Wording, zone: str) -> list[HistoryLine]:
    """What happened and what was held back, newest first."""
    lines = [(step.at, _make_line(step, detail.entry.alert.desk, names, words, zone)) for step in reversed(detail.history)]
    lines += [(held.at, _make_held_line(held, words, zone)) for held in reversed(detail.suppressed)]
    return [line for _, line in sorted(lines, key=lambda timed: timed[0], reverse=True)]


def _make_held_line(held: Suppression, words: Wording, zone: str) -> HistoryLine:
    said = words.sentence(Reason(held.reason, {"since_at": held.since, **held.params}), timezone=zone)
    return HistoryLine(
        format_iso(held.at), words.clock(held.at, zone), words.text("Held back"), name_actor("engine", words), said
    )


def _make_line(step: Step, desk: Desk, names: Mapping[str, str], words: Wording, zone: str) -> HistoryLine:
    if (call := find_call(step.reason)) is not None:
        says = join_parts(name_callee(call, names, words), words.call_result(call.result.value))
        return HistoryLine(
            format_iso(step.at), words.clock(step.at, zone), words.text("Call"), _name_acting(step.actor, names, words), says
        )
    outcome = words.outcome(step.outcome, desk) if step.outcome else ""
    said = "" if step.reason.code in _SAID_BY_KIND else words.sentence(step.reason, timezone=zone)
    text = join_parts(outcome, said, show_masked(step.note, words))
    return HistoryLine(
        format_iso(step.at), words.clock(step.at, zone), words.transition(step.kind), _name_acting(step.actor, names, words), text
    )


def _name_acting(actor: str, names: Mapping[str, str], words: Wording) -> str:
    """Name who did something: contacts and responders by their names, as far as `names` (by id) shows them."""
    return names.get(actor, "") or names.get(find_visitor(actor), "") or name_actor(actor, words)
