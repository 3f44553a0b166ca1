"""The webhook channel: one signed POST to an address that somebody else chose; a bounded part of the answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from homebeat.deliver.channels.signing import UnusableSecret, make_body, sign_headers
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import HttpAnswer, HttpCall, NoAnswer, NotCalled, Poster
from homebeat.store import Leased

_BODY_PATIENCE_S: Final = 1.0  # the status has decided; the rest is read out of politeness
_GONE: Final = 410
_UNPROVEN: Final = (
    "the receiver took the test message and did not answer with its challenge (docs/webhooks.md), so it may be a stranger's: "
    "alerts go there all the same"
)


class WebhookChannel:
    """Sends to `channel_params["url"]`, signed with its `secret` and, where there is one, its `next_secret`.

    Every attempt is a connection of its own.
    """

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; only 2xx is success, 410 is final, a redirect is a failure."""
        params = notice.channel_params
        if params is None:
            return NO_CHANNEL
        body = make_body(notice)
        try:
            headers = sign_headers(_list_secrets(params), notice.id, now, body) | {"content-type": "application/json"}
            answer = self._poster.post(HttpCall(params.get("url", ""), body, headers, body_patience_s=_BODY_PATIENCE_S), now)
        except (UnusableSecret, NotCalled) as error:
            return Receipt(ok=False, error=str(error), is_final=True)
        except NoAnswer as error:
            return Receipt(ok=False, error=str(error))
        receipt, challenge = _judge(answer), str(notice.payload.get("challenge", ""))
        if receipt.ok and challenge and challenge.encode() not in answer.body:
            return replace(receipt, ok=False, error=_UNPROVEN)
        return receipt


def _list_secrets(params: Mapping[str, str]) -> list[str]:
    """List the secrets: the one in use and, while it is replaced, the next one."""
    return [params[name] for name in ("secret", "next_secret") if params.get(name)]


def _judge(answer: HttpAnswer) -> Receipt:
    status = answer.status
    if 200 <= status < 300:
        return Receipt(ok=True, status=status)
    error = "the receiver wants no more messages" if status == _GONE else f"the receiver answered {status}"
    return Receipt(ok=False, status=status, error=error, retry_after_s=answer.retry_after_s, is_final=status == _GONE)
