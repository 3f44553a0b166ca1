"""Draws the family's page, and the one page that is shown in place of it when there is nothing to show."""

from __future__ import annotations

from typing import Final

from starlette.responses import HTMLResponse, Response

from homebeat.actions.family import FamilyEnding, FamilySight, FamilyState, read_family_sight
from homebeat.actions.identify import identify_family
from homebeat.console.card.evidence import ReadingLine, find_zone, write_readings
from homebeat.console.family.limits import FamilyLimits
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.domain.errors import NotFound, Unavailable
from homebeat.domain.metric import Metric
from homebeat.domain.personal import Illegible
from homebeat.identity.family_link import digest_family_token
from homebeat.identity.lockout import find_network
from homebeat.wording import LANGUAGES, Wording
from homebeat.wording.catalogue import msg

#: Beside what every answer of this server has: no search engine keeps it. `no-store` and `no-referrer` are on every answer.
HEADERS: Final = {"X-Robots-Tag": "noindex, nofollow, noarchive"}
WORDS: Final = {FamilyState.ATTENTION: msg("Attention"), FamilyState.NORMAL: msg("Normal"), FamilyState.UNKNOWN: msg("Not known")}
_GONE: Final = msg("This link shows nothing, or nothing any more. If you are worried, call your relative or the desk.")
_WAIT: Final = msg("Too many requests came from your network. Please try again in a minute. If you are worried, call.")
_AWAY: Final = msg("How things are cannot be read just now. This does not mean that all is well. If you are worried, call.")


class FamilyPages:
    """Answers whoever has followed a family's link, or has typed something like one."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates
        self._limits = FamilyLimits()

    def answer(self, token: str, address: str) -> Response:
        """Answer with the page; the same short page for every link that opens nothing, whatever the reason.

        Args:
            token: From the address. It goes nowhere but into a digest.
            address: Where the request comes from.
        """
        now, network, link_id = self._context.clock(), find_network(address), digest_family_token(token)
        wait_s = self._limits.find_wait_s(network, link_id, now)
        if wait_s:
            return self._draw_short(_WAIT, 429, {"Retry-After": str(wait_s)})
        try:
            caller = identify_family(self._context.store, token, now)
            sight = None if caller is None else read_family_sight(self._context.store, caller, self._context.clock)
        except NotFound:
            caller = sight = None
        except Unavailable:
            return self._draw_short(_AWAY, 503)
        if caller is None or sight is None:
            self._limits.count_wrong(network, link_id, now)
            return self._draw_short(_GONE, 404)
        self._limits.count_look(link_id, now)
        return HTMLResponse(self._draw(sight, Wording(caller.language), caller.ends_at), headers=HEADERS)

    def _draw(self, sight: FamilySight, words: Wording, ends_at: int) -> str:
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
        )

    def _draw_short(self, text: str, status: int, more: dict[str, str] | None = None) -> Response:
        """Draw a page in every language: it is not known who reads it."""
        says = [(language.value, Wording(language).text(text)) for language in LANGUAGES]
        return HTMLResponse(
            self._templates.render("family_short.html", Wording(), says=says), status, headers=HEADERS | (more or {})
        )


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
    if sight.other_at is not None:
        lines.append(words.text("There is another alert, open since %(clock)s.", clock=at(sight.other_at)))
    if sight.state is FamilyState.UNKNOWN:
        lines.append(words.text("No device proves anything just now. This does not mean that all is well."))
    return lines


def _write_ending(sight: FamilySight, words: Wording, clock: str) -> str:
    if sight.ending is FamilyEnding.WELL:
        return words.text("The desk has closed it at %(clock)s: all is well.", clock=clock)
    if sight.ending is FamilyEnding.HELPED:
        return words.text("The desk has closed it at %(clock)s: somebody has helped. Please call.", clock=clock)
    return words.text("The desk has closed it at %(clock)s.", clock=clock)


def _list_values(sight: FamilySight, words: Wording, zone: str) -> list[str]:
    """Values, as far as the sight has any."""
    found = [words.sentence(sight.reason, timezone=zone)] if sight.reason is not None else []
    if sight.litres is not None:
        found.append(words.text("Water of the last 24 hours: %(litres)s L", litres=words.number(sight.litres, 0)))
    lines: list[ReadingLine] = write_readings((one for one in sight.readings if one.metric != Metric.VOLUME_M3), words, zone)
    return found + [words.text("%(name)s: %(value)s (%(clock)s)", name=one.name, value=one.value, clock=one.at) for one in lines]
