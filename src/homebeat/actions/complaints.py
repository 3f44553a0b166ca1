"""Complaints as somebody sees them: what was said, and the answer, are remarks. That they were shown goes on record."""

from __future__ import annotations

from dataclasses import replace

from homebeat.actions.view import View
from homebeat.domain.complaint import Complaint
from homebeat.domain.personal import Illegible
from homebeat.domain.principal import Principal
from homebeat.domain.role import Field, When
from homebeat.store import Page


def read_complaints(view: View, limit: int, cursor: str | None = None, *, only_open: bool = False) -> Page[Complaint]:
    """Read a page of complaints, the newest first.

    Raises:
        BadCursor: The cursor is not one of ours.
    """
    page = view.reader.complaints.read_page(limit, cursor, only_open=only_open)
    shown = tuple(mask_complaint(one, view.principal) for one in page.items)
    view.note_remarks("complaints", (text for one in shown for text in (one.what, one.word)))
    return Page(shown, page.next_cursor)


def mask_complaint(one: Complaint, principal: Principal) -> Complaint:
    """Hide what people wrote from roles that do not always see remarks: it may be about whoever asks."""
    if principal.find_whens([Field.NOTES]) == {When.ALWAYS}:
        return one
    return replace(one, what=Illegible.HIDDEN, word=Illegible.HIDDEN if one.word else "")
