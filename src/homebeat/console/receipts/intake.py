"""Takes what providers bring: it is known by the secret in its address, and by the signature where the provider signs."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from starlette.responses import JSONResponse, Response

from homebeat.actions import EnterReceipts, Reply
from homebeat.actions.identify import identify_by_reference
from homebeat.console.web.context import ConsoleContext
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.outbox import SERVICE
from homebeat.deliver.provider_receipts import read_form, read_receipts
from homebeat.deliver.twilio import ANSWERS, sign_push
from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.errors import NotAllowed, NotFound, Unavailable
from homebeat.domain.message_proof import ProviderReceipt
from homebeat.domain.principal import make_service

#: What each provider wants to hear; else it brings the same again.
_TAKEN: Final[Mapping[str, Mapping[str, str | int]]] = {
    "aliyun": {"code": 0, "msg": "OK"},
    "tencent": {"result": 0, "errmsg": "OK"},
    "twilio": {},
}
_ACTOR: Final = make_service(SERVICE)


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
            read, 503 while the database is away: then most providers bring it again.
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
            self.context.perform(_ACTOR, EnterReceipts(receipts))
            for receipt in receipts:
                self._answer(receipt)
        except Unavailable:
            return Response(status_code=503)
        return JSONResponse(_TAKEN[account.provider])

    def _find_account(self, kind: str) -> CloudAccount | None:
        account = {SMS: self.context.accounts.sms, VOICE: self.context.accounts.voice}.get(kind)
        return account if account is not None and account.receipts else None

    def _answer(self, receipt: ProviderReceipt) -> None:
        """A pressed key is an answer of whoever was called, by the link that the call stands for."""
        reply = ANSWERS.get(receipt.key)
        if reply is None:
            return
        caller = identify_by_reference(self.context.store, receipt.reference, self.context.clock())
        # pressed after the alert was closed, or the link has ended: there is nothing left to answer
        with suppress(NotFound, NotAllowed):
            if caller is not None:
                self.context.perform(caller.principal, Reply(caller.link_id, reply))


def _is_signed(account: CloudAccount, body: bytes, signature: str) -> bool:
    expected = sign_push(account.key_secret, account.receipts, read_form(body))
    return hmac.compare_digest(expected.encode(), signature.encode())
