"""Aliyun: signs calls (signature V3, `ACS3-HMAC-SHA256`), and knows what the codes of its messages and calls mean.

The formula: alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlsplit

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

_ALGORITHM: Final = "ACS3-HMAC-SHA256"
_KEY: Final = "the key is not valid or may not do this: look at key_id and key_secret, and at the rights of that user"
_TEXT: Final = "look at sign, template and variables"
CODES: Final[CodeTable] = {
    "OK": OK,
    "isp.SYSTEM_ERROR": mean_busy(),
    "Throttling": mean_limit("too many calls of this account"),
    "ServiceUnavailable": mean_busy(),
    "InternalError": mean_busy(),
    "isv.BUSINESS_LIMIT_CONTROL": mean_limit("too many to this number"),
    "isv.MOBILE_NUMBER_ILLEGAL": mean_final("it is no number that can be reached: correct it in the fleet file"),
    "isv.MOBILE_COUNT_OVER_LIMIT": mean_final("it is no single number: correct it in the fleet file"),
    "isv.DAY_LIMIT_CONTROL": mean_operator("the account's limit of a day is used up: raise it at the provider"),
    "isv.MONTH_LIMIT_CONTROL": mean_operator("the account's limit of a month is used up: raise it at the provider"),
    "isv.AMOUNT_NOT_ENOUGH": mean_operator("the account has no money left: pay"),
    "isv.OUT_OF_SERVICE": mean_operator("the account is stopped: pay, or ask the provider"),
    "isv.ACCOUNT_NOT_EXISTS": mean_operator("the account does not exist"),
    "isv.ACCOUNT_ABNORMAL": mean_operator("the account is blocked: ask the provider"),
    "isv.PRODUCT_UN_SUBSCRIPT": mean_operator("the product is not switched on: do that at the provider"),
    "isv.PRODUCT_UNSUBSCRIBE": mean_operator("the product is not switched on: do that at the provider"),
    "isv.SMS_SIGNATURE_ILLEGAL": mean_operator(f"the signature is not one that was approved: {_TEXT}"),
    "isv.SMS_TEMPLATE_ILLEGAL": mean_operator(f"the template is not one that was approved: {_TEXT}"),
    "isv.TTS_TEMPLATE_ILLEGAL": mean_operator(f"the template is not one that was approved: {_TEXT}"),
    "isv.TEMPLATE_MISSING_PARAMETERS": mean_operator(f"the template has other variables: {_TEXT}"),
    "isv.TEMPLATE_PARAMS_ILLEGAL": mean_operator(f"the template does not take these values: {_TEXT}"),
    "isv.PARAM_NOT_SUPPORT_URL": mean_operator(f"a variable may not hold a link: {_TEXT}"),
    "isv.PARAM_LENGTH_LIMIT": mean_operator(f"a variable is too long: {_TEXT}"),
    "isv.BLACK_KEY_CONTROL_LIMIT": mean_operator(f"a word in it is not allowed: {_TEXT}"),
    "isv.INVALID_PARAMETERS": mean_operator(f"a parameter is not valid: {_TEXT}"),
    "isv.INVALID_JSON_PARAM": mean_operator(f"a parameter is not valid: {_TEXT}"),
    "isv.DENY_IP_RANGE": mean_operator("it takes no calls from this machine's address: let it at the provider"),
    "isp.RAM_PERMISSION_DENY": mean_operator(_KEY),
    "Forbidden": mean_operator(_KEY),
    "InvalidAccessKeyId": mean_operator(_KEY),
    "SignatureDoesNotMatch": mean_operator(_KEY),
    "InvalidTimeStamp": mean_operator("this machine's clock is wrong by more than 15 minutes: set it"),
}


@dataclass(frozen=True, slots=True)
class AliyunKey:
    """An access key, and where its service is called: `https://host`."""

    key_id: str
    key_secret: str = field(repr=False)
    endpoint: str


def sign_call(
    key: AliyunKey, action: str, version: str, parameters: Mapping[str, str], *, now: int, nonce: str
) -> tuple[str, dict[str, str]]:
    """Sign a call of the RPC style: its parameters are the query, its body is empty.

    Args:
        key: Whose call.
        action: The name of the operation.
        version: Of the interface, as `2017-05-25`.
        parameters: Of the operation.
        now: Epoch ms.
        nonce: Different for each call.

    Returns:
        The query, percent-encoded, and the headers without `host`.
    """
    query = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(parameters.items()))
    digest = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": urlsplit(key.endpoint).netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": datetime.fromtimestamp(now // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    request = f"POST\n/\n{query}\n{lines}\n{names}\n{digest}"
    signed = f"{_ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(key.key_secret.encode(), signed.encode(), hashlib.sha256).hex()
    del headers["host"]
    return query, headers | {
        "authorization": f"{_ALGORITHM} Credential={key.key_id},SignedHeaders={names},Signature={signature}",
        "accept": "application/json",
    }


def make_call(key: AliyunKey, action: str, parameters: Mapping[str, str], now: int, nonce: str) -> HttpCall:
    """Make the call of an operation of messages or voice; both interfaces are of the same version."""
    query, headers = sign_call(key, action, "2017-05-25", parameters, now=now, nonce=nonce)
    return HttpCall(f"{key.endpoint}/?{query}", b"", headers)


def judge(answer: HttpAnswer) -> Receipt:
    """Judge an answer: success is `"Code": "OK"`, and nothing else."""
    receipt, body = judge_by_code(answer, CODES, lambda body: read_member(body, "Code")), read_json(answer)
    return name_accepted(receipt, read_member(body, "BizId") or read_member(body, "CallId"))


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
