"""`homebeat complaint`: shows, enters and answers complaints."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from typing import Final

from homebeat.actions import AnswerComplaint, AttributeComplaint, FileComplaint, Perform
from homebeat.actions.perform import Action
from homebeat.actions.view import open_view
from homebeat.bootstrap.parts import make_setup
from homebeat.domain.complaint import Complaint
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.instants import format_instant
from homebeat.domain.principal import make_command
from homebeat.domain.role import Operation
from homebeat.domain.text import escape_unseen
from homebeat.settings.model import InForce
from homebeat.store import Store

_PAGE: Final = 200


def print_complaints(store: Store, *, only_open: bool) -> int:
    """Print every complaint in a line, the newest first."""
    found = False
    for one in _iterate(store, only_open=only_open):
        print(_describe(one))
        found = True
    if not found:
        print("nobody waits for an answer" if only_open else "nobody has complained")
    return 0


def enter_complaint(force: InForce, store: Store, what: str, alert: str | None, responder: str | None) -> int:
    """Enter a complaint; prints it.

    Raises:
        NotFound: There is no such alert or responder.
        Incomplete: It names neither, or says nothing.
    """
    about = None if alert is None else AlertId(alert), None if responder is None else ResponderId(responder)
    return _perform(force, store, FileComplaint(what, *about))


def answer_complaint(force: InForce, store: Store, number: int, word: str, *, is_upheld: bool) -> int:
    """Answer a complaint; prints it.

    Raises:
        NotFound: There is none with this number.
        NotAllowed: Somebody has answered it already.
    """
    return _perform(force, store, AnswerComplaint(number, is_upheld, word))


def attribute_complaint(force: InForce, store: Store, number: int, responder: str) -> int:
    """Say whom a complaint concerns, where that was not known or was wrong; prints it.

    Raises:
        NotFound: There is none with this number, or no such responder.
        NotAllowed: It concerns them already, or it was answered.
    """
    return _perform(force, store, AttributeComplaint(number, ResponderId(responder)))


def _perform(force: InForce, store: Store, action: Action[Complaint]) -> int:
    print(_describe(Perform(store, store.read_now, make_setup(force))(make_command(getpass.getuser()), action)))
    return 0


def _iterate(store: Store, *, only_open: bool) -> Iterator[Complaint]:
    """Iterate over all of them; that each page was shown goes on record before it is."""
    cursor = None
    while True:
        with open_view(store, make_command(getpass.getuser()), Operation.COMPLAIN, store.read_now) as view:
            page = view.reader.complaints.read_page(_PAGE, cursor, only_open=only_open)
            view.note_remarks("complaints", (text for one in page.items for text in (one.what, one.word)))
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _describe(one: Complaint) -> str:
    about = " ".join(
        f"{name} {value}" for name, value in (("alert", one.alert_id), ("home", one.household), ("area", one.area)) if value
    )
    answer = f"; {one.answered_by}: {escape_unseen(one.word)}" if one.answered_by else ""
    said = f"{one.state.value}, about {one.responder or 'nobody known'} ({about}), {one.actor}: {escape_unseen(one.what)}"
    return f"{one.id}  {format_instant(one.at)}  {said}{answer}"
