"""Draws the maps of fields, and the form of one with what it makes of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from homebeat.actions.field_map_trial import MOST_TRIED, Tried, TriedValue, find_registered, make_topic, try_map, try_set_aside
from homebeat.actions.view import View
from homebeat.codecs.mapped import NO_DEVICE
from homebeat.codecs.pairs import format_payload
from homebeat.codecs.values import format_value
from homebeat.console.card.evidence import find_zone
from homebeat.console.fields.forms import Sample, TypedMap, make_spec, read_sample, show_map
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.errors import NotFound
from homebeat.domain.field_map import NOTHING, TARGETS, FieldMap, MapSpec, TimeForm, find_map_faults
from homebeat.domain.metric import ALARMS
from homebeat.domain.personal import Illegible
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg
from homebeat.wording.map_faults import explain_map_fault

PATH: Final = "/devices/fields"
_LEVELS: Final = 8
#: Readings of one message that are shown.
_SHOWN: Final = 40
_TIME_FORMS: Final = {
    TimeForm.ISO: msg("text with its zone, as 2026-03-01T08:00:00Z"),
    TimeForm.MILLISECONDS: msg("milliseconds since 1970"),
    TimeForm.SECONDS: msg("seconds since 1970"),
    TimeForm.CHINA: msg("text without a zone, by the clock of China"),
}


@dataclass(frozen=True, slots=True)
class MapLine:
    """One map in the list; `can_undo`: it said something else before."""

    name: str
    topic: str
    facts: str
    is_used: bool
    version: int
    can_undo: bool


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place of the sample, with what was chosen for it."""

    pointer: str
    value: str
    target: str
    factor: str
    offset: str
    when: str
    fault: str


@dataclass(frozen=True, slots=True)
class TriedLine:
    """What came of one message, as text."""

    title: str
    lines: Sequence[str]
    faults: Sequence[str]
    is_good: bool


class FieldPages:
    """Draws the pages for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render_list(self, visitor: Visitor, words: Wording, notice: str = "") -> str:
        """Render the list of maps."""
        with self._context.open_view(visitor.principal, Operation.FIT_DEVICES) as view:
            maps, zone = view.reader.field_maps.list_all(), find_zone(view.reader.homes.find_timezone())
        return self._templates.render(
            "fields.html",
            words,
            maps=[self._make_line(one, words, zone) for one in maps],
            may_change=visitor.find_scope(Operation.FIT_DEVICES) == EVERYTHING,
            notice=notice,
            **make_frame(visitor, words, PATH),
        )

    def start(self, visitor: Visitor, name: str, message: int | None) -> tuple[TypedMap, str]:
        """Start a form: of the map of this name, or a new one; with the message that was set aside, and its topic.

        Raises:
            NotFound: There is no such map, or no such message that they see.
        """
        with self._context.open_view(visitor.principal, Operation.FIT_DEVICES) as view:
            found = view.reader.field_maps.find(name) if name else None
            entry = view.find_message(message) if message is not None else None
        if (name and found is None) or (message is not None and entry is None):
            raise NotFound("there is no such map or message")
        typed = show_map(found) if found is not None else TypedMap()
        if entry is None:
            return typed, ""
        payload = entry.payload.decode("utf-8", "replace")
        sample = "" if payload == Illegible.HIDDEN else payload
        return replace(typed, sample=sample, topic=typed.topic or entry.topic), entry.topic

    def render(
        self,
        visitor: Visitor,
        words: Wording,
        typed: TypedMap,
        topic: str = "",
        *,
        is_tried: bool = False,
        faults: Sequence[tuple[str, str]] = (),
        notice: str = "",
    ) -> str:
        """Render the form.

        Args:
            visitor: Who looks.
            words: In which language.
            typed: What stands in the form.
            topic: On which the sample came; empty where that is not known.
            is_tried: Say what comes out.
            faults: Why it was refused, by place.
            notice: What is said of that.
        """
        spec = make_spec(typed)
        on = topic or make_topic(spec)
        sample = read_sample(typed.sample, typed.records, on)
        wrong = list(faults) or (find_map_faults(typed.name, spec) if is_tried else [])
        with self._context.open_view(visitor.principal, Operation.FIT_DEVICES) as view:
            zone = find_zone(view.reader.homes.find_timezone())
            tried = self._try(view, spec, typed, on, words, zone) if is_tried and typed.sample and not sample.fault else []
            aside = self._try_aside(view, spec, words, zone) if is_tried and not wrong else []
        places = [Option(pointer, f"{pointer} = {format_value(value)[:40]}") for pointer, value in sample.places]
        levels = [
            Option(f"level:{at}", words.text("level %(number)s of the topic: %(text)s", number=at, text=text))
            for at, text in enumerate(sample.levels[:_LEVELS], 1)
        ]
        lists = [
            Option("", words.text("the message is about one device, or is a list")),
            *(Option(one, one) for one in sample.lists),
        ]
        return self._templates.render(
            "fields_edit.html",
            words,
            typed=typed,
            sample_topic=topic,
            rows=_make_rows(typed, sample, wrong, words),
            devices=_with_chosen([Option("", ""), *places, *levels], typed.device),
            times=_with_chosen([Option("", words.text("none: the time of arrival")), *places], typed.at),
            lists=_with_chosen(lists, typed.records),
            time_forms=[Option(form.value, words.text(name)) for form, name in _TIME_FORMS.items()],
            targets=_list_targets(words),
            sample_fault=words.text("The sample cannot be read as JSON.") if sample.fault else "",
            faults={place: explain_map_fault(text, words) for place, text in wrong if not place.startswith("fields[")},
            is_wrong=bool(wrong),
            is_tried=is_tried,
            tried=tried,
            aside=aside,
            may_change=visitor.find_scope(Operation.FIT_DEVICES) == EVERYTHING,
            notice=notice,
            **make_frame(visitor, words, PATH),
        )

    def _make_line(self, one: FieldMap, words: Wording, zone: str) -> MapLine:
        spec = one.spec or one.before
        topic = spec.topic if spec else ""
        facts = join_parts(
            words.text("%(count)s fields", count=len(spec.fields)) if spec else "",
            name_actor(one.actor, words),
            words.clock(one.at, zone),
        )
        return MapLine(one.name, topic, facts, one.spec is not None, one.version, one.before != one.spec)

    def _try(self, view: View, spec: MapSpec, typed: TypedMap, topic: str, words: Wording, zone: str) -> list[TriedLine]:
        found = try_map(spec, topic, typed.sample.encode("utf-8", "replace"), view.now)
        return _write_tried(found, find_registered(view, found.reports), words, zone)

    def _try_aside(self, view: View, spec: MapSpec, words: Wording, zone: str) -> list[TriedLine]:
        """Try the map on what was set aside on its topics."""
        lines = list[TriedLine]()
        for one, found in try_set_aside(view, spec):
            head = join_parts(words.clock(one.received_at, zone), one.topic, format_payload(one.payload, 80))
            for line in _write_tried(found, find_registered(view, found.reports), words, zone):
                lines.append(replace(line, title=join_parts(head, line.title)))
        return lines


def _write_tried(found: Tried, registered: set[str], words: Wording, zone: str) -> list[TriedLine]:
    if found.refusal is not None:
        reason, detail = found.refusal
        return [
            TriedLine(
                words.text("nothing of it can be used"), [], [f"{words.quarantine_reason(reason)}: {detail}"], is_good=False
            )
        ]
    lines = []
    for report in found.reports[:MOST_TRIED]:
        device = report.device
        if device == NO_DEVICE:
            device = words.text("no device is named")
        elif device not in registered:
            device = words.text("%(device)s, which nobody has registered", device=device)
        values = [_write_value(one, words, zone) for one in report.values[:_SHOWN]]
        faults = [f"{words.quarantine_reason(reason)}: {detail}" for reason, detail in report.faults[:_SHOWN]]
        lines.append(TriedLine(device, values, faults, is_good=report.device in registered and not faults))
    return lines


def _write_value(one: TriedValue, words: Wording, zone: str) -> str:
    clock = words.clock(one.at, zone)
    if one.by_arrival:
        clock = words.text("%(clock)s, its arrival", clock=clock)
    return f"{words.metric(one.metric)}: {words.value(one.metric, one.value)} ({clock})"


def _make_rows(typed: TypedMap, sample: Sample, faults: Sequence[tuple[str, str]], words: Wording) -> list[PlaceRow]:
    """Make a row for each place: those of which something was chosen first, several times where it means several things."""
    values = dict(sample.places)
    chosen = [row for row in typed.fields if row["target"]]
    rows = []
    for at, row in enumerate(chosen):
        wrong = [explain_map_fault(text, words) for place, text in faults if place.startswith(f"fields[{at}].")]
        value = format_value(values[row["pointer"]])[:60] if row["pointer"] in values else words.text("not in the sample")
        rows.append(PlaceRow(row["pointer"], value, row["target"], row["factor"], row["offset"], row["when"], "; ".join(wrong)))
    rows += [PlaceRow(place, format_value(value)[:60], "", "", "", "", "") for place, value in sample.places]
    return rows


def _with_chosen(options: list[Option], chosen: str) -> list[Option]:
    known: Mapping[str, Option] = {one.value: one for one in options}
    return options if chosen in known else [*options, Option(chosen, chosen)]


def _list_targets(words: Wording) -> list[Option]:
    named = {NOTHING: words.text("no alarm: these values mean nothing")}
    named |= {word: words.text("alarm: %(name)s", name=words.metric(metric.wire_name)) for word, metric in ALARMS.items()}
    return [Option("", words.text("not used")), *(Option(one, named.get(one) or words.metric(one)) for one in TARGETS)]
