"""Asks providers what became of a message or call that they had accepted, and reads their answers.

Aliyun: QuerySendDetails (help.aliyun.com/en/sms/developer-reference/api-dysmsapi-2017-05-25-querysenddetails) and
QueryCallDetailByCallId (help.aliyun.com/document_detail/63017.html). Tencent, messages only: PullSmsSendStatusByPhoneNumber
(cloud.tencent.com/document/product/382/55981); of calls it documents no such question. Twilio: the call itself
(twilio.com/docs/voice/api/call-resource).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from homebeat.deliver import aliyun, tencent, twilio
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.poster import HttpAnswer, HttpCall
from homebeat.deliver.provider import CodeTable, find_meaning, format_code, read_json, read_member
from homebeat.deliver.provider_receipts import ALIYUN_CALLS, TWILIO_CALLS, judge_aliyun_call
from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.domain.phone import make_e164
from homebeat.store import AskedMessage

_PULL: Final = tencent.CloudOperation("sms", "PullSmsSendStatusByPhoneNumber", "2021-01-11")
#: Aliyun counts days by its own clock.
_ALIYUN_ZONE: Final = ZoneInfo("Asia/Shanghai")
#: Its number for voice notifications.
_ALIYUN_VOICE: Final = "11000000300006"
_ALIYUN_MESSAGES: Final[Mapping[str, MessageProof]] = {"2": MessageProof.FAILED, "3": MessageProof.DELIVERED}
_TENCENT_MESSAGES: Final[Mapping[str, MessageProof]] = {"SUCCESS": MessageProof.DELIVERED, "FAIL": MessageProof.FAILED}
_AROUND_S: Final = 60


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a provider has answered.

    Attributes:
        receipt: What became of the message; None where it does not know yet.
        error: Why it did not answer the question; empty where it did.
    """

    receipt: ProviderReceipt | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptQuery:
    """One question to one provider."""

    call: HttpCall
    read: Callable[[HttpAnswer], QueryResult]


def can_be_asked(kind: str, provider: str) -> bool:
    """Whether a provider documents how to ask it for what became of a message of this kind of channel."""
    return (kind, provider) in _MAKERS


def make_query(account: CloudAccount, asked: AskedMessage, now: int) -> ReceiptQuery | None:
    """Make the question about a message; None where the provider cannot be asked, or the number is gone."""
    maker = _MAKERS.get((asked.notice.channel_kind, account.provider))
    phone = make_e164((asked.notice.channel_params or {}).get("phone", ""))
    return None if maker is None or not phone else maker(account, asked, phone, now)


def _ask_aliyun_message(account: CloudAccount, asked: AskedMessage, phone: str, now: int) -> ReceiptQuery:
    parameters = {
        "PhoneNumber": phone.removeprefix("+86").removeprefix("+"),
        "BizId": asked.reference,
        "SendDate": f"{datetime.fromtimestamp(asked.at / 1000, _ALIYUN_ZONE):%Y%m%d}",
        "PageSize": "10",
        "CurrentPage": "1",
    }

    def read(answer: HttpAnswer) -> QueryResult:
        body = read_json(answer)
        if error := _find_error(answer, read_member(body, "Code"), aliyun.CODES, "OK"):
            return QueryResult(error=error)
        found = read_member(body, "SmsSendDetailDTOs", "SmsSendDetailDTO")
        one = found[0] if isinstance(found, list) and found else None
        return _make_result(asked, _ALIYUN_MESSAGES.get(str(read_member(one, "SendStatus"))), read_member(one, "ErrCode"))

    return ReceiptQuery(_sign_aliyun(account, "QuerySendDetails", parameters, asked, now), read)


def _ask_aliyun_call(account: CloudAccount, asked: AskedMessage, _phone: str, now: int) -> ReceiptQuery:
    parameters = {"CallId": asked.reference, "ProdId": _ALIYUN_VOICE, "QueryDate": str(asked.at)}

    def read(answer: HttpAnswer) -> QueryResult:
        body = read_json(answer)
        if error := _find_error(answer, read_member(body, "Code"), aliyun.CODES, "OK"):
            return QueryResult(error=error)
        try:
            call = json.loads(str(read_member(body, "Data") or "{}"))
        except (ValueError, RecursionError):
            call = {}
        code, key = format_code(read_member(call, "state")), read_member(call, "dtmf")
        if isinstance(key, str) and key:
            return QueryResult(ProviderReceipt(asked.reference, MessageProof.KEY, code, key))
        # while somebody is on the line a key may still be pressed
        has_begun = bool(read_member(call, "startDate"))
        is_over = code in ALIYUN_CALLS or (has_begun and bool(read_member(call, "endDate")))
        return _make_result(asked, judge_aliyun_call(code, has_begun=has_begun) if is_over else None, code)

    return ReceiptQuery(_sign_aliyun(account, "QueryCallDetailByCallId", parameters, asked, now), read)


def _sign_aliyun(account: CloudAccount, action: str, parameters: Mapping[str, str], asked: AskedMessage, now: int) -> HttpCall:
    nonce = hashlib.sha256(f"{action}|{asked.notice.id}|{now}".encode()).hexdigest()[:32]
    return aliyun.make_call(
        aliyun.AliyunKey(account.key_id, account.key_secret, account.endpoint), action, parameters, now, nonce
    )


def _ask_tencent_message(account: CloudAccount, asked: AskedMessage, phone: str, now: int) -> ReceiptQuery:
    fields = {
        "BeginTime": asked.at // 1000 - _AROUND_S,
        "Offset": 0,
        "Limit": 100,
        "PhoneNumber": phone,
        "SmsSdkAppId": account.app_id,
    }
    key = tencent.TencentKey(account.key_id, account.key_secret, account.endpoint, account.region)

    def read(answer: HttpAnswer) -> QueryResult:
        response = read_member(read_json(answer), "Response")
        found = read_member(response, "PullSmsSendStatusSet")
        is_answered = isinstance(found, list) and read_member(response, "Error") is None
        code = "Ok" if is_answered else read_member(response, "Error", "Code")
        if error := _find_error(answer, code, tencent.CODES, "Ok"):
            return QueryResult(error=error)
        mine = (one for one in found if read_member(one, "SerialNo") == asked.reference) if isinstance(found, list) else iter(())
        one = next(mine, None)
        arrival = _TENCENT_MESSAGES.get(str(read_member(one, "ReportStatus")))
        return _make_result(asked, arrival, read_member(one, "Description"))

    return ReceiptQuery(tencent.make_call(key, _PULL, fields, now), read)


def _ask_twilio_call(account: CloudAccount, asked: AskedMessage, _phone: str, _now: int) -> ReceiptQuery:
    basic = base64.b64encode(f"{account.key_id}:{account.key_secret}".encode()).decode()
    path = f"/2010-04-01/Accounts/{account.key_id}/Calls/{quote(asked.reference, safe='')}.json"

    def read(answer: HttpAnswer) -> QueryResult:
        body = read_json(answer)
        status = read_member(body, "status")
        is_answered = isinstance(status, str) and read_member(body, "code") is None
        code = twilio.ACCEPTED if is_answered else read_member(body, "code")
        if error := _find_error(answer, code, twilio.CODES, twilio.ACCEPTED):
            return QueryResult(error=error)
        # `in-progress` is said while it is picked up; `queued` and `ringing` say nothing yet
        return _make_result(asked, TWILIO_CALLS.get(str(status)), status)

    call = HttpCall(f"{account.endpoint}{path}", b"", {"authorization": f"Basic {basic}"}, method="GET")
    return ReceiptQuery(call, read)


def _find_error(answer: HttpAnswer, raw: object, codes: CodeTable, success: str) -> str:
    code = format_code(raw)
    if code == success:
        return ""
    return f"the provider answered {code}: {find_meaning(codes, code).says}" if code else f"the provider answered {answer.status}"


def _make_result(asked: AskedMessage, arrival: MessageProof | None, code: object) -> QueryResult:
    return QueryResult(None if arrival is None else ProviderReceipt(asked.reference, arrival, format_code(code)))


_Maker = Callable[[CloudAccount, AskedMessage, str, int], ReceiptQuery]
_MAKERS: Final[Mapping[tuple[str, str], _Maker]] = {
    (SMS, "aliyun"): _ask_aliyun_message,
    (VOICE, "aliyun"): _ask_aliyun_call,
    (SMS, "tencent"): _ask_tencent_message,
    (VOICE, "twilio"): _ask_twilio_call,
}
