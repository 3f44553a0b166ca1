"""Draws the page of one device: what it is, its last message, and what was understood of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode

from homebeat.actions.pulse import read_as_of
from homebeat.actions.shown_last_message import read_last_message
from homebeat.codecs.catalogue import can_ask
from homebeat.codecs.pairs import format_payload
from homebeat.console.card.evidence import find_zone
from homebeat.console.devices.page import ONE_PATH, PATH
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.domain.as_of import AsOf
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import DeviceId
from homebeat.domain.last_message import LastMessage
from homebeat.domain.metric import METRIC_BY_NAME
from homebeat.domain.role import Operation
from homebeat.store import DeviceEntry
from homebeat.wording import Wording
from homebeat.wording.hints import explain_hint

_LONGEST_PAYLOAD: Final = 2_000


class OneDevicePage:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, device: str) -> str:
        """Render the page.

        Raises:
            NotFound: They see no such device.
        """
        with self._context.open_view(visitor.principal, Operation.READ_HOMES) as view:
            as_of = read_as_of(view.reader, view.now)
            entry = view.find_device(DeviceId(device))
            if entry is None:
                raise NotFound("there is no such device")
            last = read_last_message(view, entry)
            places = view.reader.fleet.find_places({entry.household})
            zone = find_zone(places[entry.household].timezone if entry.household in places else "")
        home = quote(entry.household, safe="")
        return self._templates.render(
            "device.html",
            words,
            device=entry.device.id,
            kind=words.device_kind(entry.device.kind),
            facts=_list_facts(entry, as_of, words, zone),
            hint=explain_hint(last.hint, words) if last is not None and last.hint is not None else "",
            message=_list_message(last, words, zone) if last is not None else [],
            payload=format_payload(last.payload, _LONGEST_PAYLOAD) if last is not None and last.payload else "",
            latest=[
                (words.metric(name), words.value(name, one.value), words.clock(one.observed_at, zone))
                for one in entry.latest
                for name in [one.metric.wire_name]
            ],
            devices_path=PATH,
            home_href=f"/homes/{home}/edit#devices" if visitor.may(Operation.FIT_DEVICES) else "",
            fields_href="/devices/fields" if visitor.may(Operation.FIT_DEVICES) else "",
            **make_frame(visitor, words, PATH, f"{ONE_PATH}?{urlencode({'id': device})}"),
        )


def _list_facts(entry: DeviceEntry, as_of: AsOf, words: Wording, zone: str) -> list[tuple[str, str]]:
    """List what the registry and the watch know of the device: the name of each fact, and the fact."""
    device, state = entry.device, entry.state
    silent = as_of.is_silent(None if state is None else state.silent)
    heard = None if state is None else state.heard_at
    known = words.text("Not known") if silent is None else words.text("Silent") if silent else words.text("Heard in time")
    found = [
        (words.text("Maker and model"), device.model),
        (words.text("Form of its messages"), device.codec or ""),
        (words.text("What its messages call it, where that is not its id"), device.address),
        (words.text("Litres of one pulse"), "" if device.litres_per_pulse is None else words.number(device.litres_per_pulse, 3)),
        (words.text("What it can measure"), words.join_list(*map(words.metric, device.measures))),
        (words.text("Behind the gateway"), device.gateway),
        (words.text("The resident may be asked on it"), words.text("yes") if can_ask(device) else ""),
        (words.text("How often it reports"), words.duration(device.reports_every.total_seconds())),
        (words.text("State"), words.text("Never heard") if heard is None and as_of.is_current else known),
        (words.text("Last heard"), "" if heard is None else words.clock(heard, zone)),
    ]
    return [(name, text) for name, text in found if text]


def _list_message(last: LastMessage, words: Wording, zone: str) -> Sequence[tuple[str, str]]:
    """List what is said of the message: the name of each fact, and the fact."""
    understood = [words.metric(name) if name in METRIC_BY_NAME else name for name in last.understood]
    found = [
        (words.text("Came"), words.clock(last.received_at, zone)),
        (words.text("Topic"), last.topic),
        (words.text("Read by"), last.read_by),
        (words.text("Understood"), ", ".join(understood) or words.text("Nothing")),
        (words.text("Kept, and not judged"), ", ".join(last.unknown)),
        (words.text("Not used"), last.detail),
    ]
    return [(name, text) for name, text in found if text]
