"""Draws the family's page, and the one page that is shown in place of it when there is nothing to show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import OpenByCode
from homebeat.actions.family import FamilyEnding, FamilySight, FamilyState, read_family_sight
from homebeat.actions.family_words import FamilyWord
from homebeat.actions.identify import identify_by_code, identify_family
from homebeat.actions.reply import LONGEST_STAY
from homebeat.console.card.evidence import ReadingLine, find_zone, write_readings
from homebeat.console.family.form import FamilyForm
from homebeat.console.family.linked import HEADERS, LinkedPages, ShortTexts
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.family_words import write_family_word
from homebeat.console.web.page import Templates
from homebeat.deliver.message_links import FAMILY_PATH
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, Unavailable
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.follow_up import FollowUpAnswer
from homebeat.domain.metric import Metric
from homebeat.domain.personal import Illegible
from homebeat.domain.phone import make_dial_uri
from homebeat.domain.visit import Visit, VisitState
from homebeat.identity.lockout import find_network
from homebeat.identity.message_link import digest_link_token, make_link_token, read_link_code
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

WORDS: Final = {FamilyState.ATTENTION: msg("Attention"), FamilyState.NORMAL: msg("Normal"), FamilyState.UNKNOWN: msg("Not known")}

_NOT_TAKEN: Final = msg("Your answer could not be taken just now. Please try again, or call the desk.")
#: The buttons. `with_me` has a day beside it.
ANSWERS: Final = {
    FamilyReply.CALLING: msg("I am calling"),
    FamilyReply.FINE: msg("All is well"),
    FamilyReply.GO: msg("Please go and check"),
}
#: The same for whoever is asked how they are themselves.
OWN_ANSWERS: Final = {FamilyReply.FINE: msg("I am well"), FamilyReply.GO: msg("Please send somebody")}


class FamilyPages(LinkedPages):
    """Answers whoever has followed a family's link, or has typed something like one."""

    short = ShortTexts(
        msg("This link shows nothing, or nothing any more. If you are worried, call your relative or the desk."),
        msg("Too many requests came from your network. Please try again in a minute. If you are worried, call."),
        msg("How things are cannot be read just now. This does not mean that all is well. If you are worried, call."),
    )

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        super().__init__(context, templates, identify_family)

    def answer(self, token: str, address: str, notice: str = "", status: int = 200) -> Response:
        """Answer with the page; the same short page for every link that opens nothing, whatever the reason.

        Args:
            token: From the address. It goes nowhere but into a digest.
            address: Where the request comes from.
            notice: Why an answer was not taken; empty for none.
            status: Of the answer, where everything else is in order.
        """
        found = self._find(token, address)
        if isinstance(found, Response):
            return found
        try:
            sight = read_family_sight(self._context.store, found, self._context.clock)
        except NotFound:
            return self._refuse(token, address)
        except Unavailable:
            return self._draw_short(self.short.away, 503)
        self._limits.count_look(found.link_id, self._context.clock())
        return HTMLResponse(self._draw(sight, Wording(found.language), found.ends_at, notice), status, headers=HEADERS)

    def take(self, token: str, address: str, asked: FamilyForm) -> Response:
        """Take what somebody has pressed, and show the page as it is then."""
        found = self._find(token, address)
        if isinstance(found, Response):
            return found
        words = Wording(found.language)
        try:
            self._context.perform(found.principal, asked.make_action(found.link_id, found.timezone))
        except (ValueError, Incomplete):
            return self.answer(token, address, words.text("Please choose the day until which they are with you."), 422)
        except NotAllowed:
            return self.answer(token, address, words.text("The desk has closed this meanwhile. Thank you."), 409)
        except NotFound:
            return self._refuse(token, address)
        except Unavailable:
            return self._draw_short(_NOT_TAKEN, 503)
        # a page of its own, so that loading it again does not answer again
        return RedirectResponse(FAMILY_PATH + token, 303, headers=HEADERS)

    def ask_code(self, words: Wording, notice: str = "", status: int = 200) -> Response:
        """Answer with the page on which a code is typed."""
        return HTMLResponse(self._templates.render("family_code.html", words, notice=notice), status, headers=HEADERS)

    def take_code(self, typed: str, address: str, words: Wording) -> Response:
        """Take a code that somebody has typed, and lead to the page."""
        now, network = self._context.clock(), find_network(address)
        wait_s = self._limits.find_code_wait_s(network, now)
        if wait_s:
            return self._ask_to_wait(wait_s)
        code, token = read_link_code(typed), make_link_token()
        try:
            caller = None if code is None else identify_by_code(self._context.store, code, now)
            if code is not None and caller is not None:
                self._context.perform(caller.principal, OpenByCode(code, digest_link_token(token)))
                return RedirectResponse(FAMILY_PATH + token, 303, headers=HEADERS)
        except NotFound:
            pass
        except Unavailable:
            return self._draw_short(self.short.away, 503)
        self._limits.count_wrong_code(network, now)
        return self.ask_code(words, words.text("This code opens nothing, or nothing any more. Please look at it again."), 404)

    def _draw(self, sight: FamilySight, words: Wording, ends_at: int, notice: str) -> str:
        zone = find_zone(sight.timezone)
        since = "" if sight.since is None else words.text("since %(clock)s", clock=words.clock(sight.since, zone))
        return self._templates.render(
            "family.html",
            words,
            names=words.join_list(*(name for name in sight.names if name not in set(Illegible))),
            look=sight.state.value,
            word=words.text(WORDS[sight.state]),
            since=since,
            lines=_list_lines(sight, words, zone),
            values=_list_values(sight, words, zone),
            as_of=words.clock(sight.now, zone),
            until=words.clock(ends_at, zone),
            notice=notice,
            calls=[] if sight.is_resident else _list_calls(sight, words),
            is_grave=sight.is_grave,
            answers=_list_answers(sight, words),
            is_resident=sight.is_resident,
            first_day=_find_day(sight.now, zone, 0),
            last_day=_find_day(sight.now, zone, LONGEST_STAY.days - 1),
            replies=[_write_reply(one, words, zone) for one in sight.replies],
            is_stopped=sight.is_stopped,
            follow_ups=_list_follow_ups(sight, words),
            followed_up=_write_follow_up(sight, words, zone),
        )


def _list_follow_ups(sight: FamilySight, words: Wording) -> list[tuple[str, str]]:
    """What can be answered after the closing."""
    if sight.follow_up is None or not sight.follow_up.can_be_answered(sight.now):
        return []
    return [(one.value, words.follow_up(one)) for one in FollowUpAnswer]


def _write_follow_up(sight: FamilySight, words: Wording, zone: str) -> str:
    """What was answered after the closing; empty while nothing was."""
    found = sight.follow_up
    if found is None or found.answer is None or found.answered_at is None:
        return ""
    said = words.text(
        "What was answered: %(value)s (%(clock)s).",
        value=words.follow_up(found.answer),
        clock=words.clock(found.answered_at, zone),
    )
    return words.join_sentences(said, words.text("The desk looks into it.")) if found.answer.is_complaint else said


def _list_answers(sight: FamilySight, words: Wording) -> list[tuple[str, str]]:
    offered = OWN_ANSWERS if sight.is_resident else ANSWERS
    return [(one.value, words.text(text)) for one, text in offered.items()] if sight.closed_at is None else []


def _list_lines(sight: FamilySight, words: Wording, zone: str) -> list[str]:
    """What is being done. It names nobody of the staff, and has nothing that anybody wrote."""

    def at(when: int) -> str:
        return words.clock(when, zone)

    if sight.closed_at is not None:
        lines = [_write_ending(sight, words, at(sight.closed_at))]
    elif sight.taken_at is not None:
        lines = [words.text("The desk has taken it at %(clock)s and is looking into it.", clock=at(sight.taken_at))]
    else:
        lines = [words.text("Nobody at the desk has taken it yet.")]
    if sight.visit is not None:
        lines.append(_write_visit(sight.visit, words, at))
    if sight.other_at is not None:
        lines.append(words.text("There is another alert, open since %(clock)s.", clock=at(sight.other_at)))
    if sight.state is FamilyState.UNKNOWN:
        lines.append(words.text("No device proves anything just now. This does not mean that all is well."))
    return lines


def _write_visit(visit: Visit, words: Wording, at: Callable[[int], str]) -> str:
    sent_at = visit.assigned_at
    match visit.state:
        case VisitState.EN_ROUTE:
            return words.text("Somebody has been on the way to the door since %(clock)s.", clock=at(visit.en_route_at or sent_at))
        case VisitState.AT_DOOR:
            return words.text("Somebody has been at the door since %(clock)s.", clock=at(visit.at_door_at or sent_at))
        case VisitState.SEEN:
            there_at = visit.ended_at or sent_at
            return words.text("Somebody was there at %(clock)s. The desk knows what they found.", clock=at(there_at))
        case VisitState.MISSED:
            return words.text("Somebody was sent to the door and did not come in time. The desk knows it.")
        case _:
            return words.text("Somebody was asked at %(clock)s to go to the door.", clock=at(sent_at))


def _write_ending(sight: FamilySight, words: Wording, clock: str) -> str:
    if sight.ending is FamilyEnding.WELL:
        return words.text("The desk has closed it at %(clock)s: all is well.", clock=clock)
    if sight.ending is FamilyEnding.HELPED:
        return words.text("The desk has closed it at %(clock)s: somebody has helped. Please call.", clock=clock)
    return words.text("The desk has closed it at %(clock)s.", clock=clock)


def _list_calls(sight: FamilySight, words: Wording) -> list[tuple[str, str]]:
    found = ((make_dial_uri(phone), name) for phone, name in zip(sight.phones, sight.names, strict=False))
    return [(uri, words.text("Call %(name)s", name=name)) for uri, name in found if uri]


def _find_day(now: int, zone: str, later: int) -> str:
    """The day of a date field, such as `2026-03-01`."""
    return (datetime.fromtimestamp(now / 1000, ZoneInfo(zone)) + timedelta(days=later)).date().isoformat()


def _write_reply(reply: FamilyWord, words: Wording, zone: str) -> str:
    who, says = write_family_word(reply, words, zone)
    return words.text("%(name)s: %(value)s (%(clock)s)", name=who, value=says, clock=words.clock(reply.at, zone))


def _list_values(sight: FamilySight, words: Wording, zone: str) -> list[str]:
    """Values, as far as the sight has any."""
    found = [words.sentence(sight.reason, timezone=zone)] if sight.reason is not None else []
    if sight.litres is not None:
        found.append(words.text("Water of the last 24 hours: %(litres)s L", litres=words.number(sight.litres, 0)))
    lines: list[ReadingLine] = write_readings((one for one in sight.readings if one.metric != Metric.VOLUME_M3), words, zone)
    return found + [words.text("%(name)s: %(value)s (%(clock)s)", name=one.name, value=one.value, clock=one.at) for one in lines]
