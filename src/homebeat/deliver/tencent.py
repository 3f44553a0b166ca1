"""Tencent Cloud: signs calls (`TC3-HMAC-SHA256`), and knows what the codes of its messages and calls mean.

The formula: cloud.tencent.com/document/api/382/52072.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

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

_ALGORITHM: Final = "TC3-HMAC-SHA256"
_JSON: Final = "application/json; charset=utf-8"
_SIGNED: Final = "content-type;host"
_TEXT: Final = "look at sign, template and variables"
CODES: Final[CodeTable] = {
    "Ok": OK,
    "InternalError": mean_busy(),
    "FailedOperation.FailResolvePacket": mean_busy(),
    "RequestLimitExceeded": mean_limit("too many calls of this account"),
    "LimitExceeded": mean_limit("a limit was passed"),
    "LimitExceeded.DeliveryFrequencyLimit": mean_limit("too many to this number"),
    "LimitExceeded.PhoneNumberThirtySecondLimit": mean_limit("too many to this number in 30 seconds", 30.0),
    "LimitExceeded.PhoneNumberOneHourLimit": mean_limit("too many to this number in an hour", 900.0),
    "LimitExceeded.PhoneNumberDailyLimit": mean_limit("too many to this number today", 900.0),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": mean_limit("too many equal texts to this number today", 900.0),
    "LimitExceeded.AppDailyLimit": mean_operator("the account's limit of a day is used up: raise it at the provider"),
    "FailedOperation.PhoneNumberInBlacklist": mean_final("the number does not want messages: ask the contact"),
    "FailedOperation.PhoneNumberOnBlacklist": mean_final("the number does not want messages: ask the contact"),
    "InvalidParameterValue.IncorrectPhoneNumber": mean_final("it is no number that can be reached: correct it in the fleet file"),
    "InvalidParameterValue.CalledNumberVerifyFail": mean_final(
        "it is no number that can be reached: correct it in the fleet file"
    ),
    "FailedOperation.InsufficientBalanceInSmsPackage": mean_operator("the account has no money left: pay"),
    "FailedOperation.AccountOverdue": mean_operator("the account has no money left: pay"),
    "FailedOperation.SignatureIncorrectOrUnapproved": mean_operator(f"the signature is not one that was approved: {_TEXT}"),
    "FailedOperation.TemplateIncorrectOrUnapproved": mean_operator(f"the template is not one that was approved: {_TEXT}"),
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": mean_operator(f"the template has other variables: {_TEXT}"),
    "FailedOperation.ContainSensitiveWord": mean_operator(f"a word in it is not allowed: {_TEXT}"),
    "InvalidParameterValue": mean_operator(f"a parameter is not valid: {_TEXT}"),
    "InvalidParameter": mean_operator(f"a parameter is not valid: {_TEXT}"),
    "MissingParameter": mean_operator(f"a parameter is missing: {_TEXT}"),
    "UnauthorizedOperation": mean_operator("this account may not do that: look at app_id, and at what the provider allows"),
    "UnsupportedOperation": mean_operator("this account cannot do that: numbers abroad need a template of their own"),
    "AuthFailure": mean_operator("the key is not valid: look at key_id and key_secret, and at this machine's clock"),
}


@dataclass(frozen=True, slots=True)
class TencentKey:
    """A key, its region, and where its service is called: `https://host`."""

    key_id: str
    key_secret: str = field(repr=False)
    endpoint: str
    region: str


@dataclass(frozen=True, slots=True)
class CloudOperation:
    """An operation of one of its services."""

    service: str
    action: str
    version: str


def sign_call(key: TencentKey, operation: CloudOperation, body: bytes, now: int) -> dict[str, str]:
    """Sign a call with a JSON body; returns the headers without `host`. `now` is epoch ms."""
    at = datetime.fromtimestamp(now // 1000, UTC)
    scope = f"{at:%Y-%m-%d}/{operation.service}/tc3_request"
    lines = f"content-type:{_JSON}\nhost:{urlsplit(key.endpoint).netloc}\n"
    request = f"POST\n/\n\n{lines}\n{_SIGNED}\n{hashlib.sha256(body).hexdigest()}"
    signed = f"{_ALGORITHM}\n{now // 1000}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    secret = b"TC3" + key.key_secret.encode()
    for part in scope.split("/"):
        secret = hmac.digest(secret, part.encode(), hashlib.sha256)
    signature = hmac.digest(secret, signed.encode(), hashlib.sha256).hex()
    return {
        "content-type": _JSON,
        "x-tc-action": operation.action,
        "x-tc-version": operation.version,
        "x-tc-timestamp": str(now // 1000),
        "x-tc-region": key.region,
        "authorization": f"{_ALGORITHM} Credential={key.key_id}/{scope}, SignedHeaders={_SIGNED}, Signature={signature}",
    }


def make_call(key: TencentKey, operation: CloudOperation, parameters: Mapping[str, object], now: int) -> HttpCall:
    """Make the call of an operation."""
    body = json.dumps(parameters, ensure_ascii=False).encode()
    return HttpCall(f"{key.endpoint}/", body, sign_call(key, operation, body, now))


def judge_message(answer: HttpAnswer) -> Receipt:
    """Judge the answer to a text message: its code is in the status of the one number, or in the error of the whole call."""
    receipt = judge_by_code(answer, CODES, _read_message_code)
    statuses = read_member(read_json(answer), "Response", "SendStatusSet")
    return name_accepted(receipt, read_member(statuses[0], "SerialNo") if receipt.ok and isinstance(statuses, list) else None)


def judge_voice(answer: HttpAnswer) -> Receipt:
    """Judge the answer to a call: it was accepted where it has an id."""
    receipt = judge_by_code(answer, CODES, _read_call_code)
    return name_accepted(receipt, read_member(read_json(answer), "Response", "SendStatus", "CallId"))


def _read_message_code(body: object) -> object:
    response = read_member(body, "Response")
    error = read_member(response, "Error", "Code")
    statuses = read_member(response, "SendStatusSet")
    if error is not None or not isinstance(statuses, list) or len(statuses) != 1:
        return error
    return read_member(statuses[0], "Code")


def _read_call_code(body: object) -> object:
    response = read_member(body, "Response")
    error = read_member(response, "Error", "Code")
    if error is not None:
        return error
    return "Ok" if isinstance(read_member(response, "SendStatus", "CallId"), str) else None
