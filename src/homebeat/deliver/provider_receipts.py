"""Reads what providers bring: what became of messages and calls that they had accepted, each in its own form.

Aliyun: help.aliyun.com/zh/vms/voicereport-7, and SmsReport beside it. Tencent: cloud.tencent.com/document/product/382/59178 for
messages, api/1128/37725 to 37727 for calls. Twilio: twilio.com/docs/voice/api/call-resource#statuscallback.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from homebeat.deliver.provider import format_code, is_reference, read_member
from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.message_proof import MessageProof, ProviderReceipt

#: Where receipts are brought, behind the public address.
RECEIPTS_PATH: Final = "/receipts/"
#: One push has at most so many receipts; the rest is left out. Providers bring a hundred or so.
MOST: Final = 1_000
#: How a call of Aliyun ended. A code that is not here was picked up if it has a beginning; without one nobody has picked up,
#: whatever the code says.
ALIYUN_CALLS: Final[Mapping[str, MessageProof]] = {
    **dict.fromkeys(("200000", "200001", "200008", "200100", "200103"), MessageProof.PICKED_UP),
    **dict.fromkeys(("200002", "200003", "200005", "200007", "200010"), MessageProof.UNANSWERED),
    **dict.fromkeys(
        ("200004", "200006", "200011", "200104", "200105", "200116", "200117", "200118", "200121"), MessageProof.FAILED
    ),
}
TENCENT_CALLS: Final[Mapping[str, MessageProof]] = {
    "0": MessageProof.PICKED_UP,
    "1": MessageProof.UNANSWERED,
    "2": MessageProof.FAILED,
}
TWILIO_CALLS: Final[Mapping[str, MessageProof]] = {
    **dict.fromkeys(("in-progress", "completed"), MessageProof.PICKED_UP),
    **dict.fromkeys(("busy", "no-answer"), MessageProof.UNANSWERED),
    **dict.fromkeys(("failed", "canceled"), MessageProof.FAILED),
}


def make_receipts_address(base: str, kind: str, secret: str) -> str:
    """Make the address to which a provider brings receipts of one kind of channel."""
    return f"{base.rstrip('/')}{RECEIPTS_PATH}{kind}/{secret}"


def read_receipts(kind: str, provider: str, body: bytes) -> list[ProviderReceipt]:
    """Read a push.

    Args:
        kind: Of channel: `SMS` or `VOICE`.
        provider: As the settings name it.
        body: Of the request.

    Returns:
        What it says; parts of it that say nothing of a message are left out.

    Raises:
        ValueError: It has not the form that the provider documents, or the provider brings nothing of this kind.
    """
    reader = _READERS.get((kind, provider))
    if reader is None:
        raise ValueError(f"{provider} brings no receipts of {kind}")
    try:
        found = reader(body)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return [one for one in found if is_reference(one.reference)][:MOST]


def read_form(body: bytes) -> dict[str, str]:
    """Read a form.

    Raises:
        ValueError: It is none.
    """
    return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))


def _read_list(body: bytes) -> list[object]:
    found = json.loads(body)
    if not isinstance(found, list):
        raise ValueError("it is no list")  # noqa: TRY004 -- what was brought is wrong, not how this was called
    return found


def _read_text(body: object, name: str) -> str:
    found = read_member(body, name)
    return found if isinstance(found, str) else ""


def _read_aliyun_messages(body: bytes) -> list[ProviderReceipt]:
    return [
        ProviderReceipt(
            _read_text(one, "biz_id"),
            MessageProof.DELIVERED if read_member(one, "success") is True else MessageProof.FAILED,
            format_code(read_member(one, "err_code")),
        )
        for one in _read_list(body)
    ]


def _read_aliyun_calls(body: bytes) -> list[ProviderReceipt]:
    receipts = []
    for one in _read_list(body):
        code, key = format_code(read_member(one, "status_code")), _read_text(one, "dtmf")
        arrival = MessageProof.KEY if key else judge_aliyun_call(code, has_begun=bool(_read_text(one, "start_time")))
        receipts.append(ProviderReceipt(_read_text(one, "call_id"), arrival, code, key))
    return receipts


def judge_aliyun_call(code: str, *, has_begun: bool) -> MessageProof:
    """Judge how a call ended that is over, by its code and by whether it says when somebody picked up."""
    had_begun = MessageProof.PICKED_UP if has_begun else MessageProof.UNANSWERED
    arrival = ALIYUN_CALLS.get(code, had_begun)
    return had_begun if arrival.is_proof else arrival


def _read_tencent_messages(body: bytes) -> list[ProviderReceipt]:
    return [
        ProviderReceipt(
            _read_text(one, "sid"),
            MessageProof.DELIVERED if read_member(one, "report_status") == "SUCCESS" else MessageProof.FAILED,
            format_code(read_member(one, "errmsg")),
        )
        for one in _read_list(body)
    ]


def _read_tencent_call(body: bytes) -> list[ProviderReceipt]:
    found = json.loads(body)
    if isinstance(end := read_member(found, "voiceprompt_callback"), dict):
        code = format_code(read_member(end, "result"))
        return [ProviderReceipt(_read_text(end, "callid"), TENCENT_CALLS.get(code, MessageProof.FAILED), code)]
    if isinstance(pressed := read_member(found, "voicekey_callback"), dict):
        key = _read_text(pressed, "keypress")
        return [ProviderReceipt(_read_text(pressed, "callid"), MessageProof.KEY, format_code(key), key)]
    if isinstance(failure := read_member(found, "voice_failure_callback"), dict):
        code = format_code(read_member(failure, "failure_code"))
        return [ProviderReceipt(_read_text(failure, "callid"), MessageProof.FAILED, code)]
    raise ValueError("it says nothing of a call")


def _read_twilio_call(body: bytes) -> list[ProviderReceipt]:
    form = read_form(body)
    status = form.get("CallStatus", "")
    arrival = TWILIO_CALLS.get(status)
    return [] if arrival is None else [ProviderReceipt(form.get("CallSid", ""), arrival, format_code(status))]


_READERS: Final[Mapping[tuple[str, str], Callable[[bytes], list[ProviderReceipt]]]] = {
    (SMS, "aliyun"): _read_aliyun_messages,
    (SMS, "tencent"): _read_tencent_messages,
    (VOICE, "aliyun"): _read_aliyun_calls,
    (VOICE, "tencent"): _read_tencent_call,
    (VOICE, "twilio"): _read_twilio_call,
}
