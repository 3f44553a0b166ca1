"""Fills an HTTP template for a provider that has no file of its own, and judges the answer by the template's own words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, quote_plus

from homebeat.deliver.message import write_message
from homebeat.deliver.ports import Receipt
from homebeat.deliver.poster import HttpAnswer, HttpCall
from homebeat.deliver.provider import OK, CodeTable, format_code, judge_by_code, make_receipt, mean_busy, mean_final, read_json
from homebeat.domain.http_template import PLACEHOLDER, Success, parse_headers, parse_success, read_pointer, split_codes
from homebeat.store import Leased

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class HttpTemplate:
    """One provider's call.

    Attributes:
        success: What the body says where the provider accepted the message.
        codes: What its other codes mean; they stand where `success` looks.
    """

    url: str = field(repr=False)
    body: str = field(repr=False)
    success: Success
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    codes: CodeTable = field(default_factory=dict)

    @classmethod
    def read(cls, params: Mapping[str, str]) -> HttpTemplate:
        """Read a template from the texts of a fleet file or of the settings.

        Raises:
            ValueError: A text has another form; what is read was checked before.
        """
        codes = {code: mean_busy("the template says to try again") for code in split_codes(params.get("retry", ""))}
        codes |= {code: mean_final("the template says that this is final") for code in split_codes(params.get("final", ""))}
        return cls(
            params.get("url", ""),
            params.get("body", ""),
            parse_success(params.get("success", "")),
            params.get("method") or "POST",
            parse_headers(params.get("headers", "")),
            codes,
        )

    @property
    def says_text(self) -> bool:
        """Whether a message is in our own words, and not in those of a template that speaks of alerts alone."""
        return not {"text", "title"}.isdisjoint(PLACEHOLDER.findall(self.url + self.body))

    @property
    def names_event(self) -> bool:
        """Whether a message says which event it is about."""
        return "event" in PLACEHOLDER.findall(self.url + self.body)

    def make_call(self, notice: Leased, phone: str = "") -> HttpCall:
        """Fill the placeholders: each value is escaped for the place where it stands."""
        words = list_words(notice, phone)
        headers = {name.lower(): fill(value, words, _keep_line) for name, value in self.headers.items()}
        kind = headers.setdefault("content-type", f"{_JSON}; charset=utf-8") if self.body else ""
        escape = _escape_json if _JSON in kind or "+json" in kind else _escape_form if _FORM in kind else str
        return HttpCall(fill(self.url, words, _escape_url), fill(self.body, words, escape).encode(), headers, self.method)

    def judge(self, answer: HttpAnswer) -> Receipt:
        """Judge the answer by what stands at the pointer of `success`: a text, a number, or `true` and `false`."""
        found = read_pointer(read_json(answer), self.success.pointer)
        code = json.dumps(found) if isinstance(found, bool) else found
        if isinstance(code, str | int | float) and str(code) == self.success.value:
            return make_receipt(answer, format_code(code), OK)
        return judge_by_code(answer, self.codes, lambda _: code)


def list_words(notice: Leased, phone: str) -> dict[str, str]:
    """List what the placeholders stand for in a notice (`domain.http_template.PLACEHOLDERS`)."""
    message = write_message(notice)
    return {
        "text": message.text,
        "title": message.title,
        "link": message.link,
        "code": message.code,
        "priority": str(notice.payload.get("priority", "")),
        "event": notice.event,
        "alert_id": notice.alert_id or "",
        "reference": message.reference,
        "id": notice.id,
        "phone": phone,
    }


def fill(template: str, words: Mapping[str, str], escape: Callable[[str], str]) -> str:
    """Fill placeholders in one pass, so that a value that looks like a placeholder stays as it is."""
    return PLACEHOLDER.sub(lambda found: escape(words[found[1]]) if found[1] in words else found[0], template)


def _escape_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _escape_form(text: str) -> str:
    return quote_plus(text)


def _escape_url(text: str) -> str:
    return quote(text, safe="")


def _keep_line(text: str) -> str:
    return quote(text, safe=" !#$&'()*+,/:;=?@[]")
