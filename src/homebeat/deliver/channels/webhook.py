"""The webhook channel: one signed POST to an address that somebody else chose; a bounded part of the answer is read."""

from __future__ import annotations

import logging
import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore2
import httpx2

from homebeat.deliver.channels.signing import UnusableSecret, make_body, sign_headers
from homebeat.deliver.ports import Receipt
from homebeat.egress.network import CallBudget, PinnedBackend, Resolver, TooLong, has_authorities, resolve_by_system
from homebeat.egress.policy import EgressPolicy
from homebeat.store import Leased

TIMEOUT_S: Final = 10.0
MOST_REPLY_BYTES: Final = 64 * 1024
_BODY_PATIENCE_S: Final = 1.0  # the status has decided; the rest is read out of politeness
_GONE: Final = 410
_log = logging.getLogger(__name__)


class WebhookChannel:
    """Sends to `channel_params["url"]`, signed with `channel_params["secret"]`. Every attempt is a connection of its own.

    Args:
        policy: Where we may call.
        resolve: Looks names up.
        connector: Opens the connection to an address that was judged.
        tls: What we trust; by default the certificate authorities that this machine trusts.
        timeout_s: For the whole attempt: look-up, connection, TLS, request and answer.
    """

    def __init__(
        self,
        policy: EgressPolicy | None = None,
        *,
        resolve: Resolver = resolve_by_system,
        connector: httpcore2.NetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._policy = policy or EgressPolicy()
        self._resolve = resolve
        self._connector = connector
        self._tls = tls or httpx2.create_ssl_context(trust_env=False)
        if not has_authorities(self._tls, ssl.get_default_verify_paths().capath):
            _log.error("this machine trusts no certificate authority: no webhook over https will arrive; install ca-certificates")
        self._timeout_s = timeout_s

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; only 2xx is success, 410 is final, a redirect is a failure."""
        params = notice.channel_params
        if params is None:
            return Receipt(ok=False, error="the contact has this channel no more", is_final=True)
        url = params.get("url", "")
        fault = self._policy.find_fault(url)
        if fault:
            return Receipt(ok=False, error=fault, is_final=True)
        body = make_body(notice)
        try:
            headers = sign_headers(params.get("secret", ""), notice.id, now, body)
        except UnusableSecret as error:
            return Receipt(ok=False, error=str(error), is_final=True)
        return self._post(httpx2.URL(url), headers | {"content-type": "application/json"}, body, now)

    def _post(self, url: httpx2.URL, headers: dict[str, str], body: bytes, now: int) -> Receipt:
        deadline = CallBudget(self._timeout_s, MOST_REPLY_BYTES)
        backend = PinnedBackend(self._policy, deadline, self._resolve, self._connector)
        plain = {"host": url.netloc.decode("ascii"), "user-agent": "homebeat", "accept": "*/*", "content-length": str(len(body))}
        try:
            with httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=backend, max_keepalive_connections=0) as pool:
                target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
                with pool.stream("POST", target, headers=list((plain | headers).items()), content=body) as answer:
                    deadline.shorten(_BODY_PATIENCE_S)
                    _read_out(answer)
                    return _judge(answer, now)
        except (httpcore2.ConnectError, ssl.SSLError):
            return Receipt(ok=False, error="the receiver could not be reached")
        except (httpcore2.TimeoutException, TooLong):
            return Receipt(ok=False, error="the receiver took too long")
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            return Receipt(ok=False, error="the receiver broke off or did not speak HTTP")


def _read_out(answer: httpcore2.Response) -> None:
    """Read the body to its end, so that the receiver can close cleanly. Faults of the body change nothing."""
    try:
        for _part in answer.iter_stream():
            pass
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
        return


def _judge(answer: httpcore2.Response, now: int) -> Receipt:
    status = answer.status
    if 200 <= status < 300:
        return Receipt(ok=True, status=status)
    asked = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
    error = "the receiver wants no more messages" if status == _GONE else f"the receiver answered {status}"
    patience = read_retry_after_s(asked.decode("ascii", "replace"), now)
    return Receipt(ok=False, status=status, error=error, retry_after_s=patience, is_final=status == _GONE)


def read_retry_after_s(text: str, now: int) -> float | None:
    """Read the seconds of a `Retry-After` header (RFC 9110 10.2.3: seconds or a date), never negative; None if malformed."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.fromtimestamp(now / 1000, UTC)).total_seconds())
