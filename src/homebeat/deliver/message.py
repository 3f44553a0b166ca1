"""Writes what a person reads in a chat, an e-mail or a text message: thin, in the recipient's language, with the link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homebeat.deliver.note_message import list_note_lines, write_note_title
from homebeat.domain.channel import TEST_EVENT
from homebeat.domain.contact_id import find_responder
from homebeat.domain.family_note import FAMILY_NOTES
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.notice import ASK_EVENT
from homebeat.domain.shift_news import SHIFTS_CHANGED, read_spans
from homebeat.store import Leased
from homebeat.wording import Wording
from homebeat.wording.messages import (
    ASK,
    CODE,
    DUTY_EVENTS,
    EVENTS,
    LINK,
    MORE_SHIFTS,
    OTHER_DUTY_EVENT,
    OTHER_EVENT,
    PRIORITY,
    REFERENCE,
    SHIFT_GAINED,
    SHIFT_LOST,
    TEST,
)
from homebeat.wording.messages import SHIFTS_CHANGED as SHIFTS

#: The event that says that somebody has answered.
RESOLVED_EVENT: Final = "alert.resolved"


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """The texts of one notice: no name, no address, no reading, no rule.

    Attributes:
        title: One sentence.
        lines: What follows it, one piece each.
        code: The code for the family's page; empty where there is none.
        reference: Short, and different for each notice: two providers drop a text that equals the one before.
    """

    title: str
    lines: tuple[str, ...]
    link: str
    code: str
    reference: str

    @property
    def text(self) -> str:
        """Everything, a line each."""
        return "\n".join((self.title, *self.lines))


def write_message(notice: Leased) -> WrittenMessage:
    """Write the message of a notice in the language of its recipient."""
    wording, payload = Wording(notice.language), notice.payload
    link, code, reference = str(payload.get("link", "")), str(payload.get("code", "")), make_reference(notice)
    lines: list[str] = []
    if notice.event not in {RESOLVED_EVENT, ASK_EVENT, FOLLOW_UP_EVENT} and (priority := str(payload.get("priority", ""))):
        lines.append(wording.text(PRIORITY, priority=wording.priority(priority)))
    if notice.event == SHIFTS_CHANGED:
        lines += _list_shifts(payload, wording)
    if notice.event in FAMILY_NOTES:
        lines += list_note_lines(notice, wording)
    if link:
        lines.append(wording.text(LINK, link=link))
    if code:
        lines.append(wording.text(CODE, code=code))
    lines.append(wording.text(REFERENCE, reference=reference))
    is_duty = find_responder(notice.contact) is not None
    title = DUTY_EVENTS.get(notice.event, OTHER_DUTY_EVENT) if is_duty else EVENTS.get(notice.event, OTHER_EVENT)
    title = SHIFTS if notice.event == SHIFTS_CHANGED else title
    title = ASK if notice.event == ASK_EVENT else title
    title = TEST if notice.event == TEST_EVENT else title
    text = write_note_title(notice, wording) if notice.event in FAMILY_NOTES else wording.text(title)
    return WrittenMessage(text, tuple(lines), link, code, reference)


def _list_shifts(payload: Mapping[str, str | int], wording: Wording) -> list[str]:
    zone = str(payload.get("timezone", ""))
    lines = [
        wording.text(text, begin=wording.clock(begin, zone), end=wording.clock(end, zone))
        for name, text in (("gained", SHIFT_GAINED), ("lost", SHIFT_LOST))
        for begin, end in read_spans(payload, name)
    ]
    more = payload.get("more")
    return [*lines, wording.text(MORE_SHIFTS, count=wording.number(more, 0))] if isinstance(more, int) else lines


def make_reference(notice: Leased) -> str:
    """Make a short text that names the alert, if any, and this message about it; the same on every attempt."""
    about = notice.id.removeprefix("msg_") if notice.alert_id is None else notice.alert_id
    return f"{about[:6]}-{notice.id[-4:]}"


def is_critical(notice: Leased) -> bool:
    """Whether the notice asks for help that cannot wait."""
    return notice.payload.get("priority") == "critical" and notice.event not in {RESOLVED_EVENT, FOLLOW_UP_EVENT}
