"""Draws the page on which a home is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homebeat.actions.pulse import read_as_of
from homebeat.actions.shown_homes import find_hidden, require_household, show_changes, show_home
from homebeat.console.card.evidence import find_zone
from homebeat.console.home.changes import make_change
from homebeat.console.home.labels import HomeFields
from homebeat.console.home.sheet import FormField, FormGroup, Sheet
from homebeat.console.plans.form import make_plan_options
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import drop_mask, join_parts, list_hidden, name_actor
from homebeat.domain.as_of import AsOf
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import HouseholdId
from homebeat.domain.retirement import RetirementReason
from homebeat.domain.role import Field, Operation
from homebeat.registry.signing_secrets import NewSecret
from homebeat.store import DeviceEntry, HomeKeeping, HouseholdDetail
from homebeat.wording import Wording

_MOST_CHANGES: Final = 20


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """A form that was refused: which one, what was typed, what is wrong with it, and what is said of it."""

    form: str = ""
    typed: Mapping[str, str] | None = None
    faults: Sequence[tuple[str, str]] = ()
    notice: str = ""


NOT_REFUSED: Final = RefusedForm()


@dataclass(frozen=True, slots=True)
class AwayLine:
    """One absence; `starts_at` (epoch ms) where it can be ended."""

    says: str
    reason: str
    starts_at: int


@dataclass(frozen=True, slots=True)
class HomeDevice:
    """One device; `fields` are those of what takes its place."""

    id: str
    name: str
    heard: str


class HomePages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(
        self,
        visitor: Visitor,
        words: Wording,
        household: str,
        refused: RefusedForm = RefusedForm(),
        secrets: Sequence[NewSecret] = (),
    ) -> str:
        """Render the page of one home, a retired one too.

        Raises:
            NotFound: There is none.
        """
        who = HouseholdId(household)
        with self._context.open_view(visitor.principal, Operation.READ_HOMES) as view:
            detail, mark = require_household(view, who), view.reader.fleet.find_mark(who)
            as_of = read_as_of(view.reader, view.now)
            if mark is None:
                raise NotFound("there is no such household")
            tree, changes = show_home(view, detail), show_changes(view, detail, _MOST_CHANGES + 1)
            areas = [Option(area.id, area.name) for area in view.reader.homes.list_areas()][:500]
            hidden = find_hidden(detail) - detail.withdrawn
            can_break_glass = view.may_open(hidden, who, detail.entry.area)
            plans = make_plan_options(self._context.find_book(view.reader), self._context.base.book, words)
        forms = _Forms(words, refused, visitor, detail, tree)
        zone = find_zone(detail.entry.timezone)
        return self._templates.render(
            "home_edit.html",
            words,
            household=household,
            title=join_parts(*(drop_mask(one.resident.name) for one in detail.entry.residents)) or household,
            subtitle=join_parts(drop_mask(detail.entry.address), detail.entry.area_name, household),
            residents=[(one.resident.id, drop_mask(one.resident.name) or one.resident.id) for one in detail.entry.residents],
            version=mark.version,
            is_retired=mark.retired_at is not None,
            kept=_describe_keeper(mark, words, zone),
            hidden=list_hidden(hidden & _EDITED, words),
            can_break_glass=can_break_glass,
            notice=refused.notice,
            refused=refused.form,
            secrets=secrets,
            place=forms.make_place(areas, plans),
            people=forms.make_people(),
            contacts=forms.make_contacts(),
            absences=forms.list_absences(detail, view.now) if forms.shows(Field.HABITS) else None,
            absence=forms.make_absence(),
            devices=[_make_device(one, words, zone, as_of) for one in detail.devices],
            retirement_reasons=[(one.value, words.retirement_reason(one)) for one in RetirementReason],
            device=forms.make_device(sorted(self._context.home_rules.fields.codecs)),
            others=forms.others,
            may_fit=visitor.may(Operation.FIT_DEVICES),
            may_manage=visitor.may(Operation.MANAGE_HOMES),
            may_try=visitor.may(Operation.KEEP_HOMES),
            changes=[make_change(one, mark, visitor, words, zone) for one in changes[:_MOST_CHANGES]],
            has_more=len(changes) > _MOST_CHANGES,
            **make_frame(visitor, words, f"/homes/{household}/edit"),
        )


_EDITED: Final = frozenset({Field.NAME, Field.ADDRESS, Field.PHONE, Field.CONTACTS, Field.HABITS, Field.NOTES})


class _Forms:
    """Makes the forms of one home, as far as the visitor may change and sees what is in them."""

    def __init__(
        self, words: Wording, refused: RefusedForm, visitor: Visitor, detail: HouseholdDetail, tree: Mapping[str, Any]
    ) -> None:
        self._words, self._refused, self._visitor, self._tree, self._detail = words, refused, visitor, tree, detail
        self._hidden = find_hidden(detail)
        self._labels = HomeFields(words)
        self.others: list[str] = []

    def shows(self, *fields: Field) -> bool:
        """Whether the visitor sees all of this."""
        return not self._hidden & set(fields)

    def make_place(self, areas: Sequence[Option], plans: Sequence[Option]) -> list[FormField]:
        """Where it is, for whoever sees the address; by which plan it is answered for, for whoever manages homes."""
        may_manage, sees = self._visitor.may(Operation.MANAGE_HOMES), self.shows(Field.ADDRESS)
        if not self._tree or not self._visitor.may(Operation.KEEP_HOMES) or not (sees or may_manage):
            return []
        sheet, tree, labels = self._open("place"), self._tree, self._labels
        if not sees:
            fields = labels.list_answering(sheet, tree, plans)
        else:
            fields = labels.list_place(sheet, tree, areas, plans) if may_manage else [labels.make_access(sheet, tree)]
        self._close("place", sheet)
        return fields

    def make_people(self) -> list[FormGroup]:
        """Who lives there; of each what the visitor sees."""
        if not self._tree or not self._visitor.may(Operation.KEEP_HOMES) or not self.shows(Field.NAME):
            return []
        sheet = self._open("people")
        may_manage = self._visitor.may(Operation.MANAGE_HOMES)
        people = [*self._tree["residents"], *([{}] if may_manage else [])]
        seen = self.shows(Field.PHONE), self.shows(Field.NOTES)
        groups = [
            FormGroup(
                one.get("name") or self._words.text("Another person"),
                self._labels.list_person(
                    sheet, f"residents[{index}]", one, with_phone=seen[0], with_notes=seen[1], may_go=may_manage and bool(one)
                ),
            )
            for index, one in enumerate(people)
        ]
        self._close("people", sheet)
        return groups

    def make_contacts(self) -> list[FormGroup]:
        """Whom to call."""
        if not self._tree or not self._visitor.may(Operation.KEEP_HOMES) or not self.shows(Field.CONTACTS, Field.PHONE):
            return []
        sheet = self._open("contacts")
        groups = [
            self._labels.make_contact(
                sheet, f"contacts[{index}]", one, index + 1, one.get("name") or self._words.text("Another contact")
            )
            for index, one in enumerate([*self._tree["contacts"], {}])
        ]
        self._close("contacts", sheet)
        return groups

    def list_absences(self, detail: HouseholdDetail, now: int) -> list[AwayLine]:
        """List what was declared, and what an outcome taught."""
        zone = find_zone(detail.entry.timezone)
        lines = []
        for one in detail.away:
            starts = round(one.starts_at.timestamp() * 1000)
            ends = None if one.ends_at is None else round(one.ends_at.timestamp() * 1000)
            until = self._words.text("until further notice") if ends is None else self._words.clock(ends, zone)
            says = self._words.text("%(start)s – %(end)s", start=self._words.clock(starts, zone), end=until)
            is_over = ends is not None and ends <= now
            own = any(away["from"] == one.starts_at.isoformat() for away in self._tree.get("away", ()))
            lines.append(AwayLine(says, drop_mask(one.reason), 0 if is_over or not own else starts))
        return lines

    def make_absence(self) -> list[FormField]:
        """A new absence."""
        if not self._tree or not self._visitor.may(Operation.KEEP_HOMES) or not self.shows(Field.HABITS):
            return []
        sheet = self._open("away")
        fields = self._labels.list_absence(sheet)
        self._close("away", sheet)
        return fields

    def make_device(self, codecs: Sequence[str]) -> FormGroup | None:
        """A new device; `codecs`: the forms of messages that are read."""
        if not self._tree or not self._visitor.may(Operation.FIT_DEVICES):
            return None
        sheet = self._open("devices")
        people = [one.resident for one in self._detail.entry.residents]
        whose = [Option(one.id, drop_mask(one.name) or one.id) for one in people]
        group = self._labels.make_device(sheet, whose, codecs)
        self._close("devices", sheet)
        return group

    def _open(self, form: str) -> Sheet:
        if form != self._refused.form:
            return Sheet(self._words)
        return Sheet(self._words, self._refused.typed or {}, self._refused.faults)

    def _close(self, form: str, sheet: Sheet) -> None:
        if form == self._refused.form:
            self.others = sheet.list_others(self._labels.parts)


def _make_device(entry: DeviceEntry, words: Wording, zone: str, as_of: AsOf) -> HomeDevice:
    device, state = entry.device, entry.state
    at = state.heard_at if state is not None else None
    heard = words.text("never heard") if as_of.is_current else words.text("not yet known")
    if at is not None:
        heard = words.text("heard %(clock)s", clock=words.clock(at, zone))
    return HomeDevice(device.id, join_parts(words.device_kind(device.kind), device.model), heard)


def _describe_keeper(mark: HomeKeeping, words: Wording, zone: str) -> str:
    if mark.kept_since is None:
        return words.text("The fleet file keeps this home. Once it is changed here, no import changes it any more.")
    return words.text(
        "The console keeps this home since %(clock)s; last changed by %(name)s. No import changes it.",
        clock=words.clock(mark.kept_since, zone),
        name=name_actor(mark.kept_by, words),
    )
