"""Draws the page of the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.console.audit.check import NEWEST, Verified
from homebeat.console.audit.search import AuditSearch
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import Incomplete
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.text import escape_unseen
from homebeat.store import AuditEntry, Page
from homebeat.store.audit.chain_check import AuditFault
from homebeat.wording import Wording
from homebeat.wording.names import ACTIONS

#: Entries on one page.
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry in the list; characters that nobody sees are written out.

    `actor` is as the audit has it, `who` and `what` in the reader's language. `is_named` says that the actor is an account:
    then `who` says all.
    """

    number: str
    clock: str
    who: str
    actor: str
    is_named: bool
    role: str
    what: str
    about: str
    detail: str


@dataclass(frozen=True, slots=True)
class VerifiedLine:
    """What verifying found, in one language; `faults` is empty when all is well."""

    sentence: str
    faults: Sequence[str]
    notes: Sequence[str]


class AuditPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(
        self, visitor: Visitor, words: Wording, search: AuditSearch, cursor: str | None = None, verified: Verified | None = None
    ) -> str:
        """Render a page of entries, newest first.

        Args:
            visitor: Who looks; they may read the audit of the whole installation.
            words: Their language.
            search: What they look for. One that cannot be read finds nothing, and the page says why.
            cursor: Where the page before ended.
            verified: What verifying has just found.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        notice = ""
        page: Page[AuditEntry]
        with self._context.store.read(EVERYTHING) as reader:
            zone = find_zone(reader.homes.find_timezone())
            try:
                page = reader.audit.read_page(_MOST, cursor, search.make_filter(zone))
            except Incomplete:
                page, search = Page(()), search.drop_times()
                notice = words.text("This time cannot be read. Write it like 2026-03-01T08:00.")
        return self._templates.render(
            "audit.html",
            words,
            entries=[_make_line(entry, words, zone) for entry in page.items],
            search=search,
            actions=[Option(code, words.action(code)) for code in ACTIONS],
            zone=zone,
            next_href=f"/audit?{search.write_query(page.next_cursor)}" if page.next_cursor else "",
            verified=_make_verified(verified, words) if verified else None,
            newest=words.number(NEWEST, 0),
            notice=notice,
            **make_frame(visitor, words, "/audit", "/audit?" + search.write_query("")),
        )


def _make_line(entry: AuditEntry, words: Wording, zone: str) -> EntryLine:
    return EntryLine(
        number=str(entry.id),
        clock=words.moment(entry.at, zone),
        who=escape_unseen(name_actor(entry.actor, words)),
        actor=escape_unseen(entry.actor),
        is_named=entry.actor.startswith(f"{ActorKind.PERSON}:"),
        role=" · ".join(words.role(role) for role in entry.role.split(",") if role),
        what=words.action(entry.action),
        about=escape_unseen(entry.about),
        detail=escape_unseen(_write_detail(entry.detail, words)),
    )


def _write_detail(detail: Mapping[str, object], words: Wording) -> str:
    if set(detail) == {"fields"}:
        return join_parts(*(words.field(field) for field in str(detail["fields"]).split(",")))
    return " ".join(f"{name}={value}" for name, value in detail.items())


def _make_verified(found: Verified, words: Wording) -> VerifiedLine:
    summary = found.summary
    rows = words.number(summary.rows, 0)
    notes = []
    if summary.faults and found.faults:
        sentence = words.text("Something is wrong in the newest rows (%(rows)s checked).", rows=rows)
        notes.append(words.text("Repair nothing. Copy the database, and run “homebeat audit verify”: it goes through every row."))
    else:
        sentence = words.text("All well: the newest rows follow each other (%(rows)s checked).", rows=rows)
    if summary.checkpoints:
        notes.append(words.text("Signed up to row %(row)s.", row=summary.signed_to))
    elif not found.knows_key:
        notes.append(words.text("Signatures were not checked: there is no key on this machine that can be read."))
    else:
        notes.append(words.text("None of these rows is signed yet."))
    faults = [_name_fault(fault, words) for fault in found.faults]
    return VerifiedLine(sentence, faults + ([words.text("and %(count)s more", count=found.more)] if found.more else []), notes)


def _name_fault(fault: AuditFault, words: Wording) -> str:
    name = words.audit_fault(fault.kind)
    if not fault.first:
        return name
    if fault.first == fault.last:
        return words.text("Row %(row)s: %(fault)s", row=fault.first, fault=name)
    return words.text("Rows %(first)s to %(last)s: %(fault)s", first=fault.first, last=fault.last, fault=name)
