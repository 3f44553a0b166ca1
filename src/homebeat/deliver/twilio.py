"""Twilio: places calls (twilio.com/docs/voice/api/call-resource), and knows what its codes mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from homebeat.deliver.message import RESOLVED_EVENT, write_message
from homebeat.deliver.message_links import FAMILY_PATH
from homebeat.deliver.ports import Receipt
from homebeat.deliver.poster import HttpAnswer, HttpCall
from homebeat.deliver.provider import (
    OK,
    CodeTable,
    judge_by_code,
    mean_busy,
    mean_final,
    mean_limit,
    mean_operator,
    name_accepted,
    read_json,
    read_member,
)
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.notice import ASK_EVENT
from homebeat.store import Leased
from homebeat.wording import Language, Wording
from homebeat.wording.messages import ASK_KEYS, KEYS, NO_KEY

_NUMBER: Final = "it is no number that can be called: correct it in the fleet file"
_FROM: Final = "caller is not a number that this account may call from"
#: A call that was accepted has a status and no code.
ACCEPTED: Final = "queued"
CODES: Final[CodeTable] = {
    ACCEPTED: OK,
    "20429": mean_limit("too many calls of this account"),
    "20500": mean_busy(),
    "20503": mean_busy(),
    "21211": mean_final(_NUMBER),
    "21214": mean_final(_NUMBER),
    "21217": mean_final(_NUMBER),
    "21216": mean_final("this number may not be called: ask the contact for another one"),
    "13224": mean_final(_NUMBER),
    "20003": mean_operator("the account is not valid: look at key_id and key_secret"),
    "20404": mean_operator("the account is not known: look at key_id and endpoint"),
    "20005": mean_operator("the account is not active: pay, or ask the provider"),
    "10002": mean_operator("the account is a trial: pay"),
    "21210": mean_operator(_FROM),
    "21212": mean_operator(_FROM),
    "21219": mean_operator("a trial account calls only numbers that were verified: pay"),
    "21215": mean_operator("calls to this country are switched off: switch them on at the provider"),
}


#: Behind the family's link: where the key goes that somebody has pressed.
KEY_PATH: Final = "/key"
#: What a key means.
ANSWERS: Final[Mapping[str, FamilyReply]] = {"1": FamilyReply.CALLING, "2": FamilyReply.FINE, "3": FamilyReply.GO}
_WAIT_S: Final = 10
_TIMES: Final = 2


def make_call(endpoint: str, account: str, token: str, form: Mapping[str, str | Sequence[str]]) -> HttpCall:
    """Make the request that places a call."""
    basic = base64.b64encode(f"{account}:{token}".encode()).decode()
    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Basic {basic}"}
    return HttpCall(f"{endpoint}/2010-04-01/Accounts/{account}/Calls.json", urlencode(form, doseq=True).encode(), headers)


def make_spoken(notice: Leased) -> str:
    """Make what is read out, in TwiML: the first sentence of the message, the code letter by letter, and which keys to press.

    A key goes to the family's link. No key is asked for where the message has none, as to responders, or the alert is closed.
    """
    message, wording = write_message(notice), Wording(notice.language)
    said = " ".join((message.title, *message.code))
    if FAMILY_PATH not in message.link or notice.event == RESOLVED_EVENT:
        return f"<Response>{_say(said, wording, _TIMES)}</Response>"
    action = f"{message.link}{KEY_PATH}?{urlencode({'language': wording.language.value})}"
    keys = wording.text(ASK_KEYS if notice.event == ASK_EVENT else KEYS)
    asked = "".join(_say(f"{said} {keys}", wording) for _ in range(_TIMES))
    gather = f'<Gather numDigits="1" timeout="{_WAIT_S}" method="POST" action={quoteattr(action)}>{asked}</Gather>'
    return f"<Response>{gather}{_say(wording.text(NO_KEY), wording)}</Response>"


def sign_push(token: str, address: str, form: Mapping[str, str]) -> str:
    """Sign what Twilio brings to an address, as it does it (twilio.com/docs/usage/security#validating-requests)."""
    said = address + "".join(f"{name}{value}" for name, value in sorted(form.items()))
    return base64.b64encode(hmac.digest(token.encode(), said.encode(), hashlib.sha1)).decode()


def make_ending(text: str, wording: Wording) -> str:
    """Make what is read out after a key, in TwiML; then the call ends."""
    return f"<Response>{_say(text, wording)}</Response>"


def _say(text: str, wording: Wording, times: int = 1) -> str:
    language = "zh-CN" if wording.language is Language.CHINESE else "en-US"
    return f'<Say language="{language}" loop="{times}">{escape(text)}</Say>'


def judge(answer: HttpAnswer) -> Receipt:
    """Judge the answer: the call was accepted where it has an id. It has rung nowhere yet."""
    return name_accepted(judge_by_code(answer, CODES, _read_code), read_member(read_json(answer), "sid"))


def _read_code(body: object) -> object:
    is_accepted = isinstance(read_member(body, "sid"), str) and read_member(body, "code") is None
    return ACCEPTED if is_accepted else read_member(body, "code")
