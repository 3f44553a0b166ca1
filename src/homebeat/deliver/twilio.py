"""Twilio: places calls (twilio.com/docs/voice/api/call-resource), and knows what its codes mean."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from homebeat.deliver.ports import Receipt
from homebeat.deliver.poster import Answer, Call
from homebeat.deliver.provider import OK, CodeTable, judge_by_code, mean_busy, mean_final, mean_limit, mean_operator, read_member

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


def make_call(endpoint: str, account: str, token: str, form: Mapping[str, str]) -> Call:
    """Make the request that places a call."""
    basic = base64.b64encode(f"{account}:{token}".encode()).decode()
    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Basic {basic}"}
    return Call(f"{endpoint}/2010-04-01/Accounts/{account}/Calls.json", urlencode(form).encode(), headers)


def judge(answer: Answer) -> Receipt:
    """Judge the answer: the call was accepted where it has an id. It has rung nowhere yet."""
    return judge_by_code(answer, CODES, _read_code)


def _read_code(body: object) -> object:
    is_accepted = isinstance(read_member(body, "sid"), str) and read_member(body, "code") is None
    return ACCEPTED if is_accepted else read_member(body, "code")
