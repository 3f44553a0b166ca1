"""What the pages behind the link in a message share: who asks, how often they may, and what is shown in place of a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from starlette.responses import HTMLResponse, Response

from homebeat.actions.identify import LinkCaller
from homebeat.console.family.limits import FamilyLimits
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.domain.errors import Unavailable
from homebeat.identity.lockout import find_network
from homebeat.identity.message_link import digest_link_token
from homebeat.store import Store
from homebeat.wording import LANGUAGES, Wording

#: Beside what every answer of this server has: no search engine keeps it. `no-store` and `no-referrer` are on every answer.
HEADERS: Final = {"X-Robots-Tag": "noindex, nofollow, noarchive"}


@dataclass(frozen=True, slots=True)
class ShortTexts:
    """What is shown in place of a page.

    Attributes:
        gone: The link opens nothing, or nothing any more.
        wait: Too many requests came.
        away: The database does not answer.
    """

    gone: str
    wait: str
    away: str


class LinkedPages:
    """Finds who has followed a link, and answers in place of the page where there is none to show."""

    short: ClassVar[ShortTexts]

    def __init__(
        self, context: ConsoleContext, templates: Templates, identify: Callable[[Store, str, int], LinkCaller | None]
    ) -> None:
        self._context = context
        self._templates = templates
        self._identify = identify
        self._limits = FamilyLimits()

    def _find(self, token: str, address: str) -> LinkCaller | Response:
        """Find who asks; the same short page for every link that opens nothing, whatever the reason."""
        now, network, link_id = self._context.clock(), find_network(address), digest_link_token(token)
        wait_s = self._limits.find_wait_s(network, link_id, now)
        if wait_s:
            return self._ask_to_wait(wait_s)
        try:
            caller = self._identify(self._context.store, token, now)
        except Unavailable:
            return self._draw_short(self.short.away, 503)
        return caller or self._refuse(token, address)

    def _refuse(self, token: str, address: str) -> Response:
        self._limits.count_wrong(find_network(address), digest_link_token(token), self._context.clock())
        return self._draw_short(self.short.gone, 404)

    def _ask_to_wait(self, wait_s: int) -> Response:
        return self._draw_short(self.short.wait, 429, {"Retry-After": str(wait_s)})

    def _draw_short(self, text: str, status: int, more: dict[str, str] | None = None) -> Response:
        """Draw a page in every language: it is not known who reads it."""
        says = [(language.value, Wording(language).text(text)) for language in LANGUAGES]
        page = self._templates.render("family_short.html", Wording(), says=says)
        return HTMLResponse(page, status, headers=HEADERS | (more or {}))
