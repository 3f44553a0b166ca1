"""Draws the form that adds a home."""

from __future__ import annotations

from typing import Final

from homebeat.console.home.labels import HomeFields
from homebeat.console.home.page import RefusedForm
from homebeat.console.home.sheet import FormGroup, Sheet
from homebeat.console.plans.form import make_plan_options
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.domain.role import Operation
from homebeat.wording import Wording

_CONTACTS: Final = 3
_DEVICES: Final = 3
NOTHING_REFUSED: Final = RefusedForm()


class NewHomePages:
    """Draws the form for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, refused: RefusedForm = NOTHING_REFUSED) -> str:
        """Render the form, with what was typed into one that was refused."""
        with self._context.open_view(visitor.principal, Operation.MANAGE_HOMES) as view:
            areas = [Option(area.id, area.name) for area in view.reader.homes.list_areas()][:500]
            zone, now = view.reader.homes.find_timezone(), view.now
            plans = make_plan_options(self._context.find_book(view.reader), self._context.base.book, words)
        sheet, labels = Sheet(words, refused.typed or {}, refused.faults), HomeFields(words)
        tree = {"area": areas[0].value if len(areas) == 1 else "", "timezone": zone}
        place = [
            sheet.line("id", labels.parts["id"], f"h-{now // 1000 % 1_000_000:06}", longest=64, is_required=True),
            *labels.list_place(sheet, tree, areas, plans),
            sheet.line("timezone", labels.parts["timezone"], zone, longest=64, is_required=True),
        ]
        person = labels.list_person(sheet, "residents[0]", {}, with_phone=True, with_notes=True, may_go=False)
        contacts = [
            labels.make_contact(sheet, f"contacts[{at}]", {}, at + 1, words.text("Contact %(number)s", number=at + 1))
            for at in range(_CONTACTS)
        ]
        devices = [
            FormGroup(words.text("Device %(number)s", number=number), labels.list_new_device(sheet, f"devices[{number - 1}]"))
            for number in range(1, _DEVICES + 1)
        ]
        return self._templates.render(
            "home_new.html",
            words,
            place=place,
            person=person,
            contacts=contacts,
            devices=devices,
            notice=refused.notice,
            others=sheet.list_others(labels.parts),
            has_areas=bool(areas),
            **make_frame(visitor, words, "/homes/new"),
        )
