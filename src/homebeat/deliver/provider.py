"""Judges the answers of providers by the code in the body. HTTP 200 alone says nothing: most of them refuse with HTTP 200."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from homebeat.deliver.ports import Receipt
from homebeat.deliver.poster import HttpAnswer, HttpCall, NoAnswer, NotCalled, Poster

#: How long to wait where a provider says that a limit was passed, seconds.
LIMIT_WAIT_S: Final = 60.0
#: The name of a message at its provider.
_REFERENCE: Final = re.compile(r"[!-~]{1,128}")
#: A code is shown and stored only in this form: whatever else an answer holds may be personal.
_CODE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,80}")


class CodeVerdict(StrEnum):
    """What a provider's code means for the notice."""

    OK = "ok"
    RETRY = "retry"
    FINAL = "final"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code of a provider means.

    Attributes:
        says: What is wrong and, where somebody must do something, what; without its full stop.
        wait_s: How long to wait at least before another try.
    """

    verdict: CodeVerdict
    says: str = ""
    wait_s: float | None = None


#: Codes of one provider. What is not in it is tried again.
CodeTable = Mapping[str, Meaning]
OK: Final = Meaning(CodeVerdict.OK)


def mean_busy(says: str = "it is busy") -> Meaning:
    """Make the meaning of a code after which the same may work."""
    return Meaning(CodeVerdict.RETRY, says)


def mean_limit(says: str = "too many messages in a short time", wait_s: float = LIMIT_WAIT_S) -> Meaning:
    """Make the meaning of a code that says that a limit was passed."""
    return Meaning(CodeVerdict.RETRY, says, wait_s)


def mean_final(says: str) -> Meaning:
    """Make the meaning of a code after which the same can never work for this contact."""
    return Meaning(CodeVerdict.FINAL, says)


def mean_operator(says: str) -> Meaning:
    """Make the meaning of a code after which nothing works for anybody until whoever runs homebeat has done something."""
    return Meaning(CodeVerdict.OPERATOR, says)


def ask_provider(poster: Poster, call: HttpCall, now: int, judge: Callable[[HttpAnswer], Receipt]) -> Receipt:
    """Make a call and judge its answer; no answer is tried again, an address that may not be called is final."""
    try:
        return judge(poster.post(call, now))
    except NotCalled as error:
        return Receipt(ok=False, error=str(error), is_final=True)
    except NoAnswer as error:
        return Receipt(ok=False, error=str(error))


def judge_by_code(answer: HttpAnswer, codes: CodeTable, find_code: Callable[[object], object]) -> Receipt:
    """Judge an answer in JSON.

    Args:
        answer: As it came.
        codes: What the provider's codes mean.
        find_code: Finds the code in the parsed body; None where there is none.
    """
    code = format_code(find_code(read_json(answer)))
    if not code:
        error = f"the provider answered {answer.status} without a code that homebeat knows where to find"
        return Receipt(ok=False, status=answer.status, error=error, retry_after_s=answer.retry_after_s)
    return make_receipt(answer, code, find_meaning(codes, code))


def name_accepted(receipt: Receipt, reference: object) -> Receipt:
    """Put the provider's own name of what it accepted into a receipt; what cannot be such a name is left out."""
    return replace(receipt, reference=str(reference)) if receipt.ok and is_reference(reference) else receipt


def is_reference(text: object) -> bool:
    """Whether a text can be a provider's name of a message: printable ASCII, at most 128 of it."""
    return isinstance(text, str) and _REFERENCE.fullmatch(text) is not None


def find_meaning(codes: CodeTable, code: str) -> Meaning:
    """Find what a code means; of `AuthFailure.SignatureFailure` also what all of `AuthFailure` means. Unknown: try again."""
    unknown = mean_busy("a code that homebeat does not know")
    return codes.get(code) or codes.get(code.partition(".")[0], unknown)


def make_receipt(answer: HttpAnswer, code: str, meaning: Meaning) -> Receipt:
    """Make the receipt of an answer whose code is known."""
    if meaning.verdict is CodeVerdict.OK:
        return Receipt(ok=True, status=answer.status, provider_code=code)
    is_ours = meaning.verdict is CodeVerdict.OPERATOR
    return Receipt(
        ok=False,
        status=answer.status,
        error=f"the provider answered {code}: {meaning.says}",
        retry_after_s=max(meaning.wait_s or 0.0, answer.retry_after_s or 0.0) or None,
        is_final=is_ours or meaning.verdict is CodeVerdict.FINAL,
        provider_code=code,
        needs_operator=is_ours,
    )


def read_json(answer: HttpAnswer) -> object:
    """Read the body; None where it did not arrive whole or is no JSON."""
    if not answer.is_whole:
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def read_member(body: object, *names: str) -> object:
    """Read a member of nested objects; None where there is none."""
    for name in names:
        if not isinstance(body, dict):
            return None
        body = body.get(name)
    return body


def format_code(code: object) -> str:
    """Format a code as text; empty for what cannot be one."""
    if isinstance(code, bool) or not isinstance(code, str | int):
        return ""
    return str(code) if _CODE.fullmatch(str(code)) else ""
