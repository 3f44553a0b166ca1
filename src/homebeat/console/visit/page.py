"""Draws the page of a visit, and takes what is pressed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions.identify import identify_visitor
from homebeat.actions.mark_home import MarkHome
from homebeat.actions.perform import Action
from homebeat.actions.remove_photo import RemovePhoto
from homebeat.actions.report_visit import ReportVisit, VisitReport
from homebeat.actions.send_photo import SendPhoto
from homebeat.actions.visitor import VisitHome, VisitSight, may_send_photo, read_visit_sight
from homebeat.console.card.evidence import find_zone
from homebeat.console.family.linked import HEADERS, LinkedPages, ShortTexts
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.home_mark import write_mark
from homebeat.console.web.page import Templates
from homebeat.domain.alert import Alert, Outcome
from homebeat.domain.arrival import UNSAID, Nearness, SaidPosition
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, Unavailable
from homebeat.domain.home_mark import HomeMark
from homebeat.domain.ids import HouseholdId
from homebeat.domain.notice import DOOR_PATH, VISIT_PATH
from homebeat.domain.personal import Illegible
from homebeat.domain.phone import make_dial_uri
from homebeat.domain.visit import DoorProof, VisitState
from homebeat.domain.visit_photo import make_photo_path
from homebeat.photos.fault import PhotoFault
from homebeat.photos.shrinker import PhotoShrinker
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: What the code at the door is worth without this page: nothing. The cookie says which visit this telephone is on.
COOKIE: Final = "homebeat_visit"
_DAY_S: Final = 86_400
#: Of a number of seconds that a telephone has sent.
_MOST_DIGITS: Final = 6
STATES: Final = {
    VisitState.ASSIGNED: msg("Please go there. Say when you set off, by %(due)s."),
    VisitState.EN_ROUTE: msg("You are on the way. You are expected at the door by %(due)s."),
    VisitState.AT_DOOR: msg("You are at the door. Please say by %(due)s what you found."),
    VisitState.SEEN: msg("Thank you. The desk closes this alert."),
    VisitState.MISSED: msg("The time has run out, and somebody else was called. If you are going all the same, say so."),
    VisitState.DECLINED: msg("Nobody expects you there at the moment. If you are going all the same, say so."),
    VisitState.CANCELLED: msg("Nobody expects you there at the moment. If you are going all the same, say so."),
}
#: What is said of the position of their telephone to whoever is at the door.
ARRIVED: Final = {
    Nearness.NEAR: msg("Your telephone confirms it: %(distance)s m from the home."),
    Nearness.FAR: msg("By your telephone you are %(distance)s m from the home. Please look at the address again."),
    Nearness.UNUSABLE: msg("The position of your telephone could not be used. That you are at the door is noted all the same."),
}
#: Of all pages, this one alone may ask the browser for a position.
_ASKS: Final = {"Permissions-Policy": "camera=(), geolocation=(self), microphone=()"}
#: What may be found at a door.
FOUND: Final = (Outcome.FINE, Outcome.HELPED, Outcome.HOSPITAL, Outcome.AWAY, Outcome.FALSE, Outcome.DECEASED, Outcome.OTHER)


#: What is said of a code that proves nothing; what was pressed is noted all the same.
WRONG: Final = msg("What you say is noted. The code is not the one at this door: please look at it again.")
SPENT: Final = msg(
    "What you say is noted. No more codes are looked at: if one is needed, call the desk, which can send you again."
)
#: What is said of a photo that cannot be taken; whatever else was pressed is not touched by it.
UNUSABLE: Final = {
    PhotoFault.BUSY: msg("Others are sending photos just now. Please try again in a minute."),
    PhotoFault.UNREADABLE: msg("This photo cannot be read. Please send it as JPEG, PNG or WebP."),
    PhotoFault.TOO_LARGE: msg("This photo is too large. Please take a smaller one."),
}
NO_PHOTO: Final = msg("No photo is taken now: you are not at the door, or have sent enough.")
_STATUSES: Final = {PhotoFault.BUSY: 503, PhotoFault.UNREADABLE: 422, PhotoFault.TOO_LARGE: 413}
#: What may be said of one home of many.
MARKS: Final = {HomeMark.SEEN: msg("Seen: all is well"), HomeMark.NOT_OPENED: msg("Nobody opened")}


@dataclass(frozen=True, slots=True)
class HomeLine:
    """One home of many as the page shows it: where it is, whom to call, what was said of it, and what can be pressed."""

    household: str
    names: str
    address: str
    calls: list[tuple[str, str]]
    mark: str
    buttons: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class VisitForm:
    """The fields of the page's form, as they came."""

    report: str = ""
    outcome: str = ""
    note: str = ""
    code: str = ""
    said: SaidPosition = UNSAID
    home: str = ""
    ago_s: str = ""
    remove: str = ""

    def make_action(self, link_id: str) -> ReportVisit | MarkHome | RemovePhoto:
        """Make the action that was asked for.

        Raises:
            ValueError: Nothing that can be pressed was pressed.
        """
        if self.remove:
            return RemovePhoto(link_id, self.remove)
        if self.home:
            return MarkHome(link_id, HouseholdId(self.home), HomeMark(self.report), self._read_ago_s())
        report = VisitReport(self.report)
        outcome = Outcome(self.outcome) if report is VisitReport.SEEN and self.outcome else None
        return ReportVisit(link_id, report, outcome, self.note.strip(), self.code, self.said, self._read_ago_s())

    def _read_ago_s(self) -> int:
        """How long ago it was pressed, s. Whatever else comes refuses nobody."""
        return int(self.ago_s) if self.ago_s.isascii() and self.ago_s.isdecimal() and len(self.ago_s) <= _MOST_DIGITS else 0


class VisitPages(LinkedPages):
    """Answers whoever has followed the link of a visit, or holds a telephone to the code at a door."""

    short = ShortTexts(
        msg("This link shows nothing, or nothing any more. Please call the desk."),
        msg("Too many requests came from your network. Please try again in a minute."),
        msg("This cannot be read or written just now. Please try again, or call the desk."),
    )

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        super().__init__(context, templates, identify_visitor)
        self._shrinker = PhotoShrinker()

    def answer(
        self, token: str, address: str, notice: str = "", status: int = 200, *, has_typed: bool = False, is_photo: bool = False
    ) -> Response:
        """Answer with the page; the same short page for every link that opens nothing.

        Args:
            token: Of the link.
            address: Of who asks.
            notice: What is said above the rest, or with `is_photo` beside the photos.
            status: Of the answer.
            has_typed: They have typed a code just now.
            is_photo: See `notice`.
        """
        found = self._find(token, address)
        if isinstance(found, Response):
            return found
        try:
            sight = read_visit_sight(self._context.store, found, self._context.clock)
        except NotFound:
            return self._refuse(token, address)
        except Unavailable:
            return self._draw_short(self.short.away, 503)
        self._limits.count_look(found.link_id, self._context.clock())
        if has_typed and sight.visit is not None and sight.visit.proof is DoorProof.NONE:
            notice = Wording(found.language).text(WRONG if sight.visit.may_try_code else SPENT)
        headers = HEADERS | (_ASKS if sight.asks_position else {})
        page = self._draw(token, sight, Wording(found.language), notice, is_photo=is_photo)
        answer = HTMLResponse(page, status, headers=headers)
        answer.set_cookie(COOKIE, token, _DAY_S, path=DOOR_PATH, httponly=True, samesite="lax", secure=self._context.is_secure)
        return answer

    def take(self, token: str, address: str, asked: VisitForm) -> Response:
        """Take what somebody has pressed, and show the page as it is then."""
        found = self._find(token, address)
        if isinstance(found, Response):
            return found
        words = Wording(found.language)
        try:
            action: Action[Alert] = asked.make_action(found.link_id)
            self._context.perform(found.principal, action)
        except ValueError:
            return self.answer(token, address, words.text("Please press one of the buttons."), 422)
        except Incomplete:
            return self.answer(token, address, words.text("Please say what you found."), 422)
        except NotAllowed:
            return self.answer(token, address, words.text("This is over, or has come further meanwhile."), 409)
        except NotFound:
            return self._refuse(token, address)
        except Unavailable:
            return self._draw_short(self.short.away, 503)
        if asked.code.strip():
            return self.answer(token, address, has_typed=True)
        return RedirectResponse(VISIT_PATH + token, 303, headers=HEADERS)

    def find_refusal(self, token: str, address: str) -> Response | None:
        """Find what is answered to a link that may send no photo now; None for one that may. Asked before a photo is read."""
        found = self._find(token, address)
        if isinstance(found, Response):
            return found
        self._limits.count_look(found.link_id, self._context.clock())
        try:
            may_send = may_send_photo(self._context.store, found, self._context.clock())
        except Unavailable:
            return self._draw_short(self.short.away, 503)
        return None if may_send else self._say_of_photo(token, address, Wording(found.language).text(NO_PHOTO), 409)

    def take_photo(self, token: str, address: str, sent: bytes | PhotoFault) -> Response:
        """Take a photo as it came, and show the page as it is then."""
        found = self._find(token, address)
        if isinstance(found, Response):
            return found
        words = Wording(found.language)
        picture = sent if isinstance(sent, PhotoFault) else self._shrinker.shrink(sent)
        if isinstance(picture, PhotoFault):
            return self._say_of_photo(token, address, words.text(UNUSABLE[picture]), _STATUSES[picture])
        try:
            self._context.perform(found.principal, SendPhoto(found.link_id, picture))
        except NotAllowed:
            return self._say_of_photo(token, address, words.text(NO_PHOTO), 409)
        except NotFound:
            return self._refuse(token, address)
        except Unavailable:
            return self._draw_short(self.short.away, 503)
        return RedirectResponse(VISIT_PATH + token, 303, headers=HEADERS)

    def _say_of_photo(self, token: str, address: str, says: str, status: int) -> Response:
        return self.answer(token, address, says, status, is_photo=True)

    def show_door(self, code: str, token: str, words: Wording) -> Response:
        """Show the code of a door to whoever scanned it; on the telephone of a visitor with a button that uses it."""
        page = self._templates.render("door.html", words, code=code[:20], path=VISIT_PATH + token if token else "")
        return HTMLResponse(page, headers=HEADERS)

    def _draw(self, token: str, sight: VisitSight, words: Wording, notice: str, *, is_photo: bool) -> str:
        zone = find_zone(sight.timezone)
        is_many = bool(sight.rule) and sight.closed_at is None
        buttons = _list_buttons(sight, words)
        is_there = sight.visit is not None and sight.visit.state is VisitState.AT_DOOR
        return self._templates.render(
            "visit.html",
            words,
            names=_join_names(sight.names, words),
            address=sight.address,
            priority=words.priority(sight.priority.value),
            since=words.text("since %(clock)s", clock=words.clock(sight.opened_at, zone)) if sight.names or is_many else "",
            rule=words.rule_name(sight.rule) if is_many else "",
            homes=[draw_home(home, words, zone) for home in sight.homes],
            homes_left_out=sight.homes_left_out,
            lines=_list_lines(sight, words, zone),
            notice="" if is_photo else notice,
            photo_notice=notice if is_photo else "",
            calls=_list_calls(sight.phones, sight.names, words),
            buttons=buttons,
            takes_code=_takes_code(sight),
            asks_position=sight.asks_position and not is_there and any(report == VisitReport.AT_DOOR for report, _ in buttons),
            outcomes=[(one.value, words.outcome(one.value)) for one in FOUND if not sight.rule and sight.closed_at is None],
            can_undo=sight.can_undo,
            is_grave=sight.is_grave,
            photos=[(one.id, words.text("Photo sent at %(clock)s", clock=words.clock(one.at, zone))) for one in sight.photos],
            takes_photo=sight.takes_photo,
            photo_path=make_photo_path(token),
            is_there=is_there,
        )


def _takes_code(sight: VisitSight) -> bool:
    """Whether a code is looked at: not once one was right, or too many were wrong."""
    return not sight.rule and (sight.visit is None or sight.visit.may_try_code)


def draw_home(home: VisitHome, words: Wording, zone: str) -> HomeLine:
    """Draw one home of many."""
    return HomeLine(
        home.household,
        _join_names(home.names, words) or home.household,
        home.address,
        _list_calls(home.phones, home.names, words),
        write_mark(home.mark, home.marked_at, words, zone),
        [(mark.value, words.text(text)) for mark, text in MARKS.items() if mark is not home.mark],
    )


def _join_names(names: Sequence[str], words: Wording) -> str:
    return words.join_list(*(name for name in names if name not in set(Illegible)))


def _list_calls(phones: Sequence[str], names: Sequence[str], words: Wording) -> list[tuple[str, str]]:
    calls = ((make_dial_uri(phone), name) for phone, name in zip(phones, names, strict=True))
    return [(uri, words.text("Call %(name)s", name=name)) for uri, name in calls if uri]


def _list_lines(sight: VisitSight, words: Wording, zone: str) -> list[str]:
    """What is expected of whoever looks, and what is known."""
    if sight.is_own_closing:
        return [words.text("You have closed this alert with what you found. Thank you.")]
    if sight.closed_at is not None:
        return [words.text("The desk has closed this alert. Nobody has to go any more. Thank you.")]
    if sight.rule:
        return [words.text("You have this alert. Say of each home how it was there.")] if sight.is_owner else []
    visit, lines = sight.visit, list[str]()
    if visit is not None:
        if visit.is_resumed:
            lines.append(words.text("This alert had been closed by mistake. You are expected after all."))
        due = "" if visit.due_at is None else words.clock(visit.due_at, zone)
        lines.append(words.text(STATES[visit.state], due=due))
        if visit.state is VisitState.AT_DOOR and visit.nearness in ARRIVED:
            lines.append(words.text(ARRIVED[visit.nearness], distance=words.number(visit.distance_m or 0, 0)))
    if sight.is_other:
        lines.append(words.text("Somebody else is on the way or there as well."))
    return lines


def _list_buttons(sight: VisitSight, words: Wording) -> list[tuple[str, str]]:
    if sight.closed_at is not None:
        return []
    go, cannot = (VisitReport.GO.value, words.text("I am going")), (VisitReport.CANNOT.value, words.text("I cannot go"))
    door = (VisitReport.AT_DOOR.value, words.text("I am at the door"))
    if sight.rule:
        return [cannot] if sight.is_owner else [go, cannot]
    match None if sight.visit is None else sight.visit.state:
        case VisitState.EN_ROUTE:
            return [door, cannot]
        case VisitState.AT_DOOR:
            confirm = (VisitReport.AT_DOOR.value, words.text("Confirm it with the code at the door"))
            return [confirm, cannot] if _takes_code(sight) else [cannot]
        case VisitState.SEEN:
            return []
    return [go, door, cannot]
