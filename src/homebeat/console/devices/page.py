"""Draws the devices of all homes by what is wrong with them, how each model does, and what was set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from homebeat.actions.pulse import read_as_of
from homebeat.actions.shown_evidence import mask_report
from homebeat.actions.view import View
from homebeat.codecs.catalogue import find_device
from homebeat.codecs.pairs import format_payload
from homebeat.console.card.evidence import find_zone
from homebeat.console.labels.device_sheet import draw_device_sheet
from homebeat.console.supervisor.figures import FigureWriter
from homebeat.console.supervisor.reports import ReportShelf, find_month_name
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts
from homebeat.console.web.recent import RecentValues
from homebeat.domain.as_of import AsOf
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import DeviceId, ResidentId
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.last_message import DeviceHint
from homebeat.domain.role import Operation
from homebeat.domain.scope import Scope
from homebeat.store import DeviceEntry, DeviceFilter, DeviceTrouble, ModelCount, QuarantineEntry
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg
from homebeat.wording.hints import explain_hint

PATH: Final = "/devices"
ASIDE_PATH: Final = "/devices/set-aside"
LABELS_PATH: Final = "/devices/labels"
ONE_PATH: Final = "/devices/one"
_MOST: Final = 100
#: Counting reads every device; so long the counts are kept.
_KEPT_MS: Final = MINUTE_MS // 2
_LONGEST_PAYLOAD: Final = 300
_LATE: Final = msg("%(share)s of %(count)s readings")
NAMES: Final = {
    DeviceTrouble.SILENT: msg("Silent"),
    DeviceTrouble.NEVER_HEARD: msg("Never heard"),
    DeviceTrouble.LOW_BATTERY: msg("Battery low"),
    DeviceTrouble.ALERTED: msg("With an open alert"),
    DeviceTrouble.MISREAD: msg("Not understood"),
}


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """One way to narrow the list; `is_here`: it is the one that is shown."""

    href: str
    name: str
    count: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """One device: what it is, where, and how it is known to be.

    Attributes:
        href: The page of who lives there; empty for nobody.
        edit_href: Where it is replaced or retired.
        own_href: The page of the device: its last message, and what was understood of it.
        hint: What seems to be wrong with what it sends; empty for nothing.
        look: `heard`, `silent` or `unknown`.
    """

    id: str
    kind: str
    model: str
    home: str
    href: str
    edit_href: str
    own_href: str
    hint: str
    look: str
    says: str
    battery: str


@dataclass(frozen=True, slots=True)
class ModelLine:
    """How the devices of one model are."""

    name: str
    href: str
    devices: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class AsideLine:
    """One message that was set aside; `is_new`: its device can be registered; `can_map`: a map of fields may read it."""

    id: int
    clock: str
    reason: str
    detail: str
    topic: str
    payload: str
    device: str
    standing: str
    can_retry: bool
    is_new: bool
    can_map: bool


@dataclass(frozen=True, slots=True)
class ModelShares:
    """By model, in words: how many of its alerts were false, and how many of its readings late."""

    false: Mapping[str, str]
    late: Mapping[str, str]


class DevicePages:
    """Draws the pages for one request. Counts are kept for half a minute, whoever asks within the same scope."""

    def __init__(self, context: ConsoleContext, templates: Templates, reports: ReportShelf) -> None:
        self._context = context
        self._templates = templates
        self._reports = reports
        self._kept = RecentValues[Scope, list[ModelCount]](_KEPT_MS)

    def render(
        self, visitor: Visitor, words: Wording, trouble: DeviceTrouble | None, model: str | None, cursor: str | None
    ) -> str:
        """Render a page of devices, in the order of the fleet file.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        scope = visitor.find_scope(Operation.READ_HOMES)
        with self._context.open_view(visitor.principal, Operation.READ_HOMES) as view:
            models = self._kept.get(scope, view.now, view.reader.device_lists.count_models)
            as_of = read_as_of(view.reader, view.now)
            page = view.reader.homes.list_devices(_MOST, cursor, DeviceFilter(trouble=trouble, model=model))
            lines = _list_devices(view, page.items, as_of, words)
            set_aside = sum(view.reader.quarantine.count_by_reason().values())
            zone = find_zone(view.reader.homes.find_timezone())
        shares = self._find_shares(visitor, scope, find_month_name(view.now, zone), words)
        return self._templates.render(
            "devices.html",
            words,
            choices=_list_choices(models, trouble, model, words, is_current=as_of.is_current),
            troubles=[words.text(name) for name in NAMES.values()],
            models=[_make_model(one, shares, words, is_current=as_of.is_current) for one in models],
            late_s=words.number(self._context.late_ms / 1000, 0),
            lines=lines,
            may_fit=visitor.may(Operation.FIT_DEVICES),
            labels_href=_link(trouble, model, cursor, LABELS_PATH),
            is_current=as_of.is_current,
            set_aside=words.number(set_aside, 0),
            aside_path=ASIDE_PATH,
            next_href=_link(trouble, model, page.next_cursor) if page.next_cursor else "",
            **make_frame(visitor, words, PATH, _link(trouble, model)),
        )

    def render_labels(self, visitor: Visitor, words: Wording, where: DeviceFilter, cursor: str | None, base: str) -> str:
        """Render a sheet of labels of a page of devices; `base`: what links begin with.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        with self._context.open_view(visitor.principal, Operation.FIT_DEVICES) as view:
            page = view.reader.homes.list_devices(_MOST, cursor, where)
        return draw_device_sheet(self._templates, page.items, self._context.link_base or base, words)

    def find_way(self, visitor: Visitor, device: str) -> str:
        """Find where a label leads: to the form that replaces the device, or to who lives there.

        Raises:
            NotFound: They see no such device.
        """
        with self._context.open_view(visitor.principal, Operation.READ_HOMES) as view:
            entry = view.find_device(DeviceId(device), with_latest=False)
            residents = view.reader.homes.list_resident_ids({entry.household}) if entry else {}
        if entry is None:
            raise NotFound("there is no such device")
        first = next(iter(residents.get(entry.household, ())), None)
        if visitor.may(Operation.FIT_DEVICES) or first is None:
            return f"/homes/{quote(entry.household, safe='')}/edit#devices"
        return f"/resident/{quote(first, safe='')}"

    def _find_shares(self, visitor: Visitor, homes: Scope, month: str, words: Wording) -> ModelShares:
        """Find how often models were wrong this month, and late: what is there; the rest is being computed."""
        totals = visitor.find_scope(Operation.READ_TOTALS) if visitor.may(Operation.READ_TOTALS) else None
        report, late = self._reports.find_models(totals, homes, month)
        writer, false = FigureWriter(words), dict[str, str]()
        if report is not None and totals is not None:
            masked = mask_report(report, visitor.principal, totals)
            groups = [group for one in masked.breakdowns if one.by == "device_model" for group in one.groups]
            false = {
                one.group: words.text(
                    "%(share)s of %(count)s closed", share=writer.share(one.false_share), count=writer.count(one.closed)
                )
                for one in groups
            }
        shares = {
            model: words.text(_LATE, share=writer.share(one.late / one.readings), count=words.number(one.readings, 0))
            for model, one in late.items()
        }
        return ModelShares(false, shares)

    def render_aside(
        self, visitor: Visitor, words: Wording, reason: QuarantineReason | None, cursor: str | None, notice: str = ""
    ) -> str:
        """Render a page of messages that were set aside, the newest first.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        with self._context.open_view(visitor.principal, Operation.READ_SERVICE) as view:
            page = view.read_quarantine(_MOST, cursor, reason)
            counts = view.reader.quarantine.count_by_reason()
            zone = find_zone(view.reader.homes.find_timezone())
            shown = [_make_aside(one, words, zone) for one in page.items]
            new = {one.device for one in shown if one.is_new and one.device}
            # its messages stay here after somebody has registered it
            new -= view.reader.device_lists.find_registered(map(DeviceId, new))
        kinds = [DeviceChoice(ASIDE_PATH, words.text("All"), words.number(sum(counts.values()), 0), is_here=reason is None)]
        kinds += [
            DeviceChoice(
                f"{ASIDE_PATH}?reason={one.value}",
                words.quarantine_reason(one.value),
                words.number(counts[one], 0),
                one is reason,
            )
            for one in QuarantineReason
            if counts.get(one)
        ]
        more = {"reason": reason.value} if reason else {}
        return self._templates.render(
            "set_aside.html",
            words,
            kinds=kinds,
            lines=shown,
            notice=notice,
            may_retry=visitor.may(Operation.FIT_DEVICES),
            unregistered=sorted(new),
            next_href=f"{ASIDE_PATH}?{urlencode({**more, 'cursor': page.next_cursor})}" if page.next_cursor else "",
            **make_frame(visitor, words, ASIDE_PATH, f"{ASIDE_PATH}?{urlencode(more)}" if more else ""),
        )


def _link(trouble: DeviceTrouble | None, model: str | None, cursor: str | None = None, path: str = PATH) -> str:
    asked = {"trouble": trouble.value if trouble else None, "model": model, "cursor": cursor}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"{path}?{query}" if query else path


def _list_choices(
    models: Sequence[ModelCount], trouble: DeviceTrouble | None, model: str | None, words: Wording, *, is_current: bool
) -> list[DeviceChoice]:
    """List the ways to narrow the list. Where monitoring is silent, how many are silent is not known."""
    mine = [one for one in models if model is None or one.model == model]
    choices = [
        DeviceChoice(_link(None, model), words.text("All"), words.number(sum(one.devices for one in mine), 0), trouble is None)
    ]
    for one, name in NAMES.items():
        count = words.number(sum(each.troubled[one] for each in mine), 0)
        is_known = is_current or one is not DeviceTrouble.SILENT
        choices.append(DeviceChoice(_link(one, model), words.text(name), count if is_known else "?", one is trouble))
    return choices


def _make_model(one: ModelCount, shares: ModelShares, words: Wording, *, is_current: bool) -> ModelLine:
    cells = [
        f"{words.number(100 * one.troubled[trouble] / one.devices, 1)}%"
        if is_current or trouble is not DeviceTrouble.SILENT
        else "?"
        for trouble in NAMES
    ]
    cells += [shares.false.get(one.model, "–"), shares.late.get(one.model, "–")]
    return ModelLine(one.model or words.text("model not said"), _link(None, one.model), words.number(one.devices, 0), cells)


def _list_devices(view: View, entries: Sequence[DeviceEntry], as_of: AsOf, words: Wording) -> list[ListedDevice]:
    homes = {entry.household for entry in entries}
    names, places = view.name_residents(homes), view.reader.fleet.find_places(homes)
    residents = view.reader.homes.list_resident_ids(homes)
    hints = view.reader.last_messages.list_hints([entry.device.id for entry in entries])
    return [
        _make_line(
            entry,
            hints.get(entry.device.id),
            join_parts(*names.get(entry.household, ())) or entry.household,
            next(iter(residents.get(entry.household, ())), None),
            find_zone(places[entry.household].timezone if entry.household in places else ""),
            as_of,
            words,
        )
        for entry in entries
    ]


def _make_line(
    entry: DeviceEntry, hint: DeviceHint | None, home: str, resident: ResidentId | None, zone: str, as_of: AsOf, words: Wording
) -> ListedDevice:
    state, device = entry.state, entry.device
    heard = None if state is None else state.heard_at
    silent = as_of.is_silent(None if state is None else state.silent)
    clock = "" if heard is None else words.text("last heard %(clock)s", clock=words.clock(heard, zone))
    look = "unknown" if silent is None or heard is None else "silent" if silent else "heard"
    known = {"silent": words.text("Silent"), "unknown": words.text("Not known"), "heard": words.text("Heard in time")}[look]
    battery = (
        ""
        if state is None or state.battery_pct is None
        else words.text("battery %(value)s", value=words.value("battery_pct", state.battery_pct))
    )
    return ListedDevice(
        device.id,
        words.device_kind(device.kind),
        device.model,
        home,
        f"/resident/{quote(resident, safe='')}" if resident else "",
        f"/homes/{quote(entry.household, safe='')}/edit",
        f"{ONE_PATH}?{urlencode({'id': device.id})}",
        explain_hint(hint, words) if hint is not None else "",
        look,
        join_parts(words.text("Never heard") if heard is None and as_of.is_current else known, clock),
        battery,
    )


def _make_aside(one: QuarantineEntry, words: Wording, zone: str) -> AsideLine:
    text = format_payload(one.payload, _LONGEST_PAYLOAD) if one.payload else ""
    standing = ""
    if one.retried_at is not None:
        standing = words.text("tried again %(clock)s, and used", clock=words.clock(one.retried_at, zone))
    return AsideLine(
        one.id,
        words.clock(one.received_at, zone),
        words.quarantine_reason(one.reason.value),
        one.detail,
        one.topic,
        text,
        str(one.device or find_device(one.topic) or ""),
        standing,
        one.retried_at is None,
        one.reason is QuarantineReason.UNKNOWN_DEVICE and one.device is None,
        one.reason is QuarantineReason.UNKNOWN_TOPIC and one.retried_at is None,
    )
