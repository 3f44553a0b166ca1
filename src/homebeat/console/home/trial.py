"""Draws the page of a test alarm: who would be notified, which devices were heard, and whether the alarm has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.actions.pulse import read_as_of
from homebeat.actions.shown_homes import find_hidden, require_household
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, Waiting
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts
from homebeat.console.web.reach import find_reach
from homebeat.console.web.test_mark import write_test
from homebeat.domain.alert import Answer, Subject
from homebeat.domain.announced_test import CALLING
from homebeat.domain.as_of import AsOf
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Field, Operation
from homebeat.registry.signing_secrets import NewSecret
from homebeat.store import AlertFilter, HouseholdDetail
from homebeat.wording import Wording

#: A test takes no longer: an alert that is older is none.
_SINCE_MS: Final = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class HeardDevice:
    """One device, and when it was heard."""

    id: str
    name: str
    says: str
    is_heard: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """A call for help of the home, as text; `can_close` where the visitor may close it as a test."""

    id: str
    version: int
    is_taken: bool
    what: str
    clock: str
    standing: str
    can_close: bool


class TrialPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(
        self,
        visitor: Visitor,
        words: Wording,
        household: str,
        *,
        notice: str = "",
        secrets: Sequence[NewSecret] = (),
        is_live: bool = False,
    ) -> str:
        """Render the page of one home. With `is_live` it asks again by itself, unless it has `secrets`: they are shown once.

        Raises:
            NotFound: There is no such home.
        """
        who = HouseholdId(household)
        with self._context.open_view(visitor.principal, Operation.READ_HOMES) as view:
            detail = require_household(view, who)
            first = next((one.resident.id for one in detail.entry.residents), None)
            with_people = Field.CONTACTS not in find_hidden(detail)
            about, book = Subject(who, first), self._context.find_book(view.reader)
            reach = find_reach(view, about, "sos", book, detail.contacts, words, with_people=with_people)
            as_of = read_as_of(view.reader, view.now)
            test = view.reader.home_changes.find_tests([who]).get(who)
            arrived = _list_arrived(view, who, visitor, words)
            now = view.now
        return self._templates.render(
            "home_trial.html",
            words,
            household=household,
            is_live=is_live,
            subtitle=join_parts(detail.entry.area_name, household),
            devices=_list_heard(detail, words, as_of),
            has_band=any(one.device.kind in {DeviceKind.WRISTBAND, DeviceKind.BUTTON} for one in detail.devices),
            reach=reach,
            arrived=arrived,
            test=write_test(test, words, detail.entry.timezone) if test is not None and view.now < test.until else "",
            may_announce=visitor.may(Operation.FIT_DEVICES),
            clock=words.clock(now, find_zone(detail.entry.timezone)),
            notice=notice,
            secrets=secrets,
            **make_frame(visitor, words, f"/homes/{household}/trial"),
        )


def _list_heard(detail: HouseholdDetail, words: Wording, as_of: AsOf) -> list[HeardDevice]:
    found, now = [], as_of.now
    for one in detail.devices:
        at = one.state.heard_at if one.state is not None else None
        says = words.text("never heard") if as_of.is_current else words.text("not yet known")
        if at is not None:
            ago = words.text("%(seconds)s s ago", seconds=max(0, now - at) // 1000)
            says = words.text("heard %(ago)s", ago=ago if now - at < 2 * MINUTE_MS else Waiting(words).ago(at, now))
        name = join_parts(words.device_kind(one.device.kind), one.device.model)
        found.append(HeardDevice(one.device.id, name, says, at is not None))
    return found


def _list_arrived(view: View, who: HouseholdId, visitor: Visitor, words: Wording) -> list[Arrived]:
    """List calls for help of this home of the last hour, the newest first."""
    found = view.read_alerts(AlertFilter(household=who, since=view.now - _SINCE_MS), 20).items
    return [
        Arrived(
            entry.alert.id,
            entry.alert.version,
            entry.alert.answer is Answer.ACKNOWLEDGED,
            words.rule_name(entry.alert.rule),
            words.clock(entry.alert.opened_at, find_zone(entry.timezone)),
            words.answer(entry.alert.answer),
            visitor.may(Operation.CLOSE_CRITICAL) and entry.alert.answer is not Answer.RESOLVED,
        )
        for entry in found
        if entry.alert.rule in CALLING
    ]
