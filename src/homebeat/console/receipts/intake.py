"""Takes what providers bring: it is known by the secret in its address, and by the signature where the provider signs."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import JSONResponse, Response

from homebeat.actions import EnterReceipts
from homebeat.console.web.context import ConsoleContext
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.outbox import SERVICE
from homebeat.deliver.provider_receipts import read_form, read_receipts
from homebeat.deliver.twilio import ANSWERS, sign_push
from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.errors import NotAllowed, Unavailable
from homebeat.domain.message_proof import ProviderReceipt
from homebeat.domain.principal import make_service

#: What each provider wants to hear; else it brings the same again.
_TAKEN: Final[Mapping[str, Mapping[str, str | int]]] = {
    "aliyun": {"code": 0, "msg": "OK"},
    "tencent": {"result": 0, "errmsg": "OK"},
    "twilio": {},
}
_ACTOR: Final = make_service(SERVICE)
#: Receipts that are entered together. A flood of them must not keep the database from an alarm.
_AT_ONCE: Final = 50
#: How often they are entered again where somebody else has changed an alert of theirs meanwhile.
_RACES: Final = 3


@dataclass(frozen=True, slots=True)
class ReceiptIntake:
    """Takes pushes of the providers that are set up."""

    context: ConsoleContext

    def take(self, kind: str, secret: str, body: bytes, signature: str) -> Response:
        """Take a push.

        Args:
            kind: Of channel, from the address.
            secret: From the address.
            body: Of the request.
            signature: As Twilio sends it in a header; empty for none.

        Returns:
            What the provider wants to hear; 404 where the address is not ours, 403 for a wrong signature, 400 for what cannot be
            read, 503 while the database is away or others change the same alerts: then most providers bring it again.
        """
        account = self._find_account(kind)
        if account is None or not hmac.compare_digest(account.receipts.rpartition("/")[2].encode(), secret.encode()):
            return Response(status_code=404)
        try:
            if account.provider == "twilio" and not _is_signed(account, body, signature):
                return Response(status_code=403)
            receipts = read_receipts(kind, account.provider, body)
        except ValueError:
            return Response(status_code=400)
        try:
            for start in range(0, len(receipts), _AT_ONCE):
                self._enter(receipts[start : start + _AT_ONCE])
        except (NotAllowed, Unavailable):
            return Response(status_code=503)
        return JSONResponse(_TAKEN[account.provider])

    def _find_account(self, kind: str) -> CloudAccount | None:
        account = {SMS: self.context.accounts.sms, VOICE: self.context.accounts.voice}.get(kind)
        return account if account is not None and account.receipts else None

    def _enter(self, receipts: Sequence[ProviderReceipt]) -> None:
        for left in reversed(range(_RACES)):
            try:
                self.context.perform(_ACTOR, EnterReceipts(receipts, ANSWERS))
            except NotAllowed:
                if not left:
                    raise
            else:
                return


def _is_signed(account: CloudAccount, body: bytes, signature: str) -> bool:
    expected = sign_push(account.key_secret, account.receipts, read_form(body))
    return hmac.compare_digest(expected.encode(), signature.encode())
