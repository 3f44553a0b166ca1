"""Draws the page of guides: the steps of one rule in one area and language, the usual ones, and what it was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option, make_area_options
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.guide import LONGEST_STEP, MOST_STEPS, Guide
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.rules.catalogue import RULES
from homebeat.wording import LANGUAGES, Wording

PATH: Final = "/settings/guides"
_NAMES: Final = {"en": "English", "zh-CN": "中文"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Of which area, rule and language the page shows the steps; an area is empty before one is chosen."""

    area: str = ""
    rule: str = "sos"
    language: str = ""


@dataclass(frozen=True, slots=True)
class GuideLine:
    """A guide that some area has."""

    href: str
    what: str
    facts: str


class GuidePages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, chosen: Chosen, notice: str = "", typed: str | None = None) -> str:
        """Render the page; `typed`: what stands in the form again after it was refused."""
        with self._context.open_view(visitor.principal, Operation.SET_GUIDES) as view:
            areas = view.reader.homes.list_areas()
            area = AreaId(chosen.area or (areas[0].id if areas else ""))
            language = chosen.language if chosen.language in set(LANGUAGES) else words.language.value
            found = view.reader.guides.find(area, chosen.rule, language)
            everywhere = view.reader.guides.list_all()
            zone = find_zone(view.reader.homes.find_timezone())
        names = {one.id: one.name for one in areas}
        rule = RULES.get(chosen.rule)
        usual = Wording(language).guide(chosen.rule, rule.desk if rule else "care")
        return self._templates.render(
            "guides.html",
            words,
            areas=make_area_options(areas),
            area=area,
            rules=sorted((Option(code, words.rule_name(code)) for code in RULES), key=lambda one: one.name),
            rule=chosen.rule,
            languages=[Option(code, _NAMES[code]) for code in LANGUAGES],
            written_in=language,
            found=found,
            text=typed if typed is not None else found.text if found and found.text else "\n".join(usual),
            is_own=bool(found and found.text),
            facts=_write_facts(found, words, zone) if found else "",
            version=found.version if found else 0,
            usual=usual,
            lines=[_make_line(one, words, zone, names.get(one.area, one.area)) for one in everywhere],
            most_steps=MOST_STEPS,
            longest=MOST_STEPS * (LONGEST_STEP + 1),
            notice=notice,
            **make_frame(visitor, words, "/settings", PATH),
        )


def _write_facts(guide: Guide, words: Wording, zone: str) -> str:
    return join_parts(name_actor(guide.actor, words), words.clock(guide.at, zone))


def _make_line(guide: Guide, words: Wording, zone: str, area: str) -> GuideLine:
    query = urlencode({"area": guide.area, "rule": guide.rule, "language": guide.language})
    what = join_parts(area, words.rule_name(guide.rule), _NAMES.get(guide.language, guide.language))
    return GuideLine(f"{PATH}?{query}", what, _write_facts(guide, words, zone))
