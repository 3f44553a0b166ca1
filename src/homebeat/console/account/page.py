"""Draws the page of one's own account."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, make_language_link
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.qr import draw_qr
from homebeat.identity.totp import CodeCheck, make_totp_secret, make_totp_uri
from homebeat.store import SessionEntry
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg
from homebeat.wording.sign_in import SIGN_IN

_BY_PASSWORD: Final = msg("with the password")
_HOW: Final = {"link": msg("with a link"), "provider": msg("through the identity provider")}


@dataclass(frozen=True, slots=True)
class OwnSessionLine:
    """One session in the list."""

    id: str
    begun: str
    seen: str
    network: str
    how: str
    is_this: bool


class AccountPages:
    """Draws the pages of one's own account for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def list_sessions(self, who: Visitor) -> list[SessionEntry]:
        """List the sessions of the visitor, newest first."""
        with self._context.store.read(EVERYTHING) as reader:
            return reader.sessions.list_of([who.name], self._context.clock())

    def render(self, who: Visitor, words: Wording, *, notice: str = "", wrong: str = "") -> str:
        """Render the page; `wrong` is a sentence of the catalogue, or a code of `wording.sign_in`."""
        provider = self._context.provider
        with self._context.store.read(EVERYTHING) as reader:
            identity = reader.identities.find_of(who.name, provider.issuer) if provider is not None else None
            account, this = reader.accounts.find(who.name), reader.sessions.find(who.caller.id)
            codes = reader.accounts.count_recovery_codes(who.name)
            zone = reader.homes.find_timezone()
            areas = {area.id: area.name for area in reader.homes.list_areas()}
        has_password = account is not None and bool(account.password)
        return self._draw(
            who,
            words,
            notice=words.text(notice) if notice else "",
            wrong=words.text(SIGN_IN.get(wrong, wrong)) if wrong else "",
            has_password=has_password,
            needs_old=has_password and (this is None or this.how != "link"),
            has_second=account is not None and account.has_second_factor,
            codes_left=codes,
            provider=provider.title if provider is not None else "",
            connected=words.clock(identity.connected_at, zone) if identity is not None else "",
            grants=[
                (words.role(grant.role), areas.get(grant.area, grant.area) if grant.area else words.text("everywhere"))
                for grant in who.principal.grants
            ],
            sessions=[_make_line(one, who, words, zone) for one in self.list_sessions(who)],
        )

    @staticmethod
    def is_proof(who: Visitor, secret: str, proof: str) -> bool:
        """Whether a secret comes from a page that was drawn after the password was shown again."""
        return hmac.compare_digest(proof.encode(), _make_proof(who, secret).encode())

    def render_set_up(self, who: Visitor, words: Wording, secret: str = "", check: CodeCheck | None = None) -> str:
        """Render the page that sets up a second factor; `check` says what was wrong with the code typed last."""
        secret = secret or make_totp_secret()
        minutes = max(1, round(abs(check.ahead_s) / 60)) if check is not None and check.ahead_s else 0
        uri = make_totp_uri(secret, who.name, "homebeat")
        return self._draw(
            who,
            words,
            set_up=True,
            secret=secret,
            proof=_make_proof(who, secret),
            spaced=" ".join(secret[begin : begin + 4] for begin in range(0, len(secret), 4)),
            picture=Markup(draw_qr(uri, words.text("Code for the app"))),  # noqa: S704  made here, of digits and our own text
            wrong=words.text(SIGN_IN[check.outcome], minutes=minutes) if check is not None else "",
        )

    def render_codes(self, who: Visitor, words: Wording, codes: Sequence[str]) -> str:
        """Render the recovery codes: they are shown once."""
        return self._draw(who, words, codes=list(codes))

    def _draw(self, who: Visitor, words: Wording, **values: Any) -> str:
        empty = {"notice": "", "wrong": "", "set_up": False, "codes": []}
        return self._templates.render(
            "account.html",
            words,
            **(empty | values),
            name=who.name,
            csrf=who.csrf,
            language_href=make_language_link(words, "/account"),
        )


def _make_proof(who: Visitor, secret: str) -> str:
    return hmac.new(who.cookie.encode(), f"second-factor|{secret}".encode(), hashlib.sha256).hexdigest()


def _make_line(session: SessionEntry, who: Visitor, words: Wording, zone: str) -> OwnSessionLine:
    return OwnSessionLine(
        session.id[:12],
        words.clock(session.begun_at, zone),
        words.clock(session.seen_at, zone),
        session.network,
        words.text(_HOW.get(session.how, _BY_PASSWORD)),
        session.id == who.caller.id,
    )
