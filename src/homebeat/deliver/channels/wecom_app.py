"""Messages of a WeCom application to one member (developer.work.weixin.qq.com/document/path/90236)."""

from __future__ import annotations

import json
import threading
from typing import Final
from urllib.parse import urlencode

from homebeat.deliver.accounts import WecomAccount
from homebeat.deliver.message import write_message
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import HttpAnswer, HttpCall, NoAnswer, NotCalled, Poster
from homebeat.deliver.provider import (
    OK,
    CodeTable,
    judge_by_code,
    make_receipt,
    mean_busy,
    mean_final,
    mean_limit,
    mean_operator,
    read_json,
    read_member,
)
from homebeat.store import Leased

#: Of each call: an attempt makes four at most, and has to end before its lease.
_TIMEOUT_S: Final = 3.0
#: A token is renewed so long before its end.
_RENEWED_MS: Final = 300_000
_SAME_WITHIN_S: Final = 1_800
_ENDED: Final = frozenset({"40014", "42001"})
_ACCOUNT: Final = "look at corp_id, agent_id and secret of [channels.wecom_app]"
_MEMBER: Final = "the member is not known, or may not see the application: correct `user` in the fleet file, or who may see it"
CODES: Final[CodeTable] = {
    "0": OK,
    "-1": mean_busy(),
    "40014": mean_busy("the access token is not valid any more"),
    "42001": mean_busy("the access token has ended"),
    "45009": mean_limit(),
    "45033": mean_limit("too many calls at the same time"),
    "40003": mean_final(_MEMBER),
    "81013": mean_final(_MEMBER),
    "40031": mean_final(_MEMBER),
    "60111": mean_final(_MEMBER),
    "40001": mean_operator(f"the secret is not valid: {_ACCOUNT}"),
    "40013": mean_operator(f"the company is not known: {_ACCOUNT}"),
    "40056": mean_operator(f"the application is not known: {_ACCOUNT}"),
    "301002": mean_operator(f"the application may not do this: {_ACCOUNT}"),
    "48002": mean_operator(f"the application may not do this: {_ACCOUNT}"),
    "60020": mean_operator("it takes no calls from this machine's address: let it in the settings of the application"),
}


class _NoToken(Exception):
    """No access token was to be had; carries the receipt that says why."""

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        super().__init__()


class WecomAppChannel:
    """Sends to the member `channel_params["user"]`. The access token is kept in memory, and one thread at a time renews it."""

    def __init__(self, poster: Poster, account: WecomAccount | None) -> None:
        self._poster = poster
        self._account = account
        self._renewing = threading.Lock()
        self._token, self._token_ends_at = "", 0

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt, with a new token where the old one is refused. A member whom the answer calls invalid has failed."""
        account, params = self._account, notice.channel_params
        if params is None:
            return NO_CHANNEL
        if account is None:
            text = "nobody can be written to before [channels.wecom_app] is set up"
            return Receipt(ok=False, error=text, is_final=True, needs_operator=True)
        try:
            token = self._find_token(account, now)
            receipt = self._post(account, token, notice, params.get("user", ""), now)
            if receipt.provider_code in _ENDED:
                self._forget(token)
                receipt = self._post(account, self._find_token(account, now), notice, params.get("user", ""), now)
        except _NoToken as refused:
            return refused.receipt
        except NotCalled as error:
            return Receipt(ok=False, error=str(error), is_final=True)
        except NoAnswer as error:
            return Receipt(ok=False, error=str(error))
        return receipt

    def _post(self, account: WecomAccount, token: str, notice: Leased, user: str, now: int) -> Receipt:
        message = {
            "touser": user,
            "msgtype": "text",
            "agentid": account.agent_id,
            "text": {"content": write_message(notice).text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _SAME_WITHIN_S,
        }
        url = f"{account.endpoint}/cgi-bin/message/send?{urlencode({'access_token': token})}"
        body = json.dumps(message, ensure_ascii=False).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
        return judge_message(self._poster.post(HttpCall(url, body, headers, timeout_s=_TIMEOUT_S), now), user)

    def _find_token(self, account: WecomAccount, now: int) -> str:
        with self._renewing:
            if not self._token or now >= self._token_ends_at - _RENEWED_MS:
                self._renew(account, now)
            return self._token

    def _renew(self, account: WecomAccount, now: int) -> None:
        query = urlencode({"corpid": account.corp_id, "corpsecret": account.secret})
        call = HttpCall(f"{account.endpoint}/cgi-bin/gettoken?{query}", b"", method="GET", timeout_s=_TIMEOUT_S)
        answer = self._poster.post(call, now)
        receipt = judge_by_code(answer, CODES, _read_code)
        if not receipt.ok:
            raise _NoToken(receipt)
        body = read_json(answer)
        token, lasts_s = read_member(body, "access_token"), read_member(body, "expires_in")
        if not isinstance(token, str) or not token or not isinstance(lasts_s, int):
            raise _NoToken(Receipt(ok=False, status=answer.status, error="the provider gave no access token"))
        self._token, self._token_ends_at = token, now + lasts_s * 1000

    def _forget(self, token: str) -> None:
        with self._renewing:
            if self._token == token:
                self._token = ""


def judge_message(answer: HttpAnswer, user: str) -> Receipt:
    """Judge the answer about one member: `errcode` 0 with the member among the invalid ones is a failure."""
    receipt = judge_by_code(answer, CODES, _read_code)
    if not receipt.ok:
        return receipt
    body = read_json(answer)
    if user.lower() in _split(read_member(body, "invaliduser")):
        return make_receipt(answer, "invaliduser", mean_final(_MEMBER))
    if user.lower() in _split(read_member(body, "unlicenseduser")):
        return make_receipt(answer, "unlicenseduser", mean_operator("the member has no licence: give one in WeCom"))
    return receipt


def _read_code(body: object) -> object:
    return read_member(body, "errcode")


def _split(users: object) -> set[str]:
    return {user.lower() for user in users.split("|")} if isinstance(users, str) else set()
