"""What an approved template of a provider is filled with. Its variables are short, and may hold no link: a code stands for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.message import RESOLVED_EVENT, write_message
from homebeat.deliver.note_message import make_note_words
from homebeat.deliver.ports import Receipt
from homebeat.domain.channel import TEST_EVENT
from homebeat.domain.family_note import DAILY, FAMILY_NOTES, WEEKLY
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.notice import ASK_EVENT
from homebeat.domain.phone import is_chinese, make_e164
from homebeat.store import Leased
from homebeat.wording import Wording

#: What a variable may hold, by its name in the settings.
VARIABLES: Final = ("code", "reference", "priority")
#: What stands for a code where there is none: providers refuse a variable that is empty.
_NO_CODE: Final = "-"
#: Providers that send what was filed with them and approved, and no text of ours.
_FILED: Final = frozenset({"aliyun", "tencent"})
#: What has a template of its own for numbers in mainland China, and goes nowhere without: somebody at the desk need not know.
_OWN: Final = frozenset({*FAMILY_NOTES, FOLLOW_UP_EVENT, RESOLVED_EVENT})
_NO_NOTES: Final = "notes are not sent by text message: template_daily or template_weekly is not set, or the number is abroad"
_ABROAD: Final = "the number is not in mainland China, and template_abroad is not set in the settings"
#: Why a message of an event cannot be sent; `_ABROAD` for all others.
_UNCARRIED: Final[Mapping[str, str]] = {
    ASK_EVENT: "the resident cannot be asked: template_ask is not set in the settings",
    FOLLOW_UP_EVENT: "follow-ups are not asked by text message: template_follow_up is not set, or the number is abroad",
    RESOLVED_EVENT: "that an alert is closed is not said by text message: template_closed is not set, or the number is abroad",
    DAILY: _NO_NOTES,
    WEEKLY: _NO_NOTES,
}
#: A message or call whose answer was lost may have arrived, and the provider does not know it again: repeat it late.
UNANSWERED_WAIT_S: Final = 60.0
#: A provider that brings receipts is asked this late for one; one that brings none before the next channel of the person begins.
ASK_LATER_S: Final = 180.0
ASK_SOON_S: Final = 45.0


@dataclass(frozen=True, slots=True)
class CloudMessage:
    """One message or call to one number.

    Attributes:
        phone: In the form of E.164.
        words: The variables of the template, by name, in order.
        nonce: Different for each attempt.
    """

    phone: str
    template: str
    words: dict[str, str]
    reference: str
    nonce: str


def make_cloud_message(notice: Leased, account: CloudAccount, now: int) -> CloudMessage | Receipt:
    """Make it; returns a receipt where nothing can be sent."""
    phone = make_e164((notice.channel_params or {}).get("phone", ""))
    if not phone:
        return Receipt(ok=False, error="it is no telephone number with a country code", is_final=True)
    message = write_message(notice)
    values = {
        "code": message.code or _NO_CODE,
        "reference": message.reference,
        "priority": Wording(notice.language).priority(str(notice.payload.get("priority", ""))),
    }
    if not can_carry(account, notice.event, phone):
        text = _UNCARRIED.get(notice.event, _ABROAD)
        return Receipt(ok=False, error=text, is_final=True, needs_operator=notice.event not in _OWN)
    names, template = account.variables, _choose_template(account, notice.event, phone)
    is_test_template = notice.event == TEST_EVENT and template == account.template_test != ""
    is_usual = account.provider not in _FILED or (notice.event not in {ASK_EVENT, *_OWN} and is_chinese(phone))
    if account.provider in _FILED and notice.event in FAMILY_NOTES:
        values = make_note_words(notice, Wording(notice.language))
        names = tuple(values)
    elif is_test_template:
        names = tuple(name for name in names if name != "code")  # there is nothing to look at
    elif is_usual and not message.code and account.template_without_code:
        template, names = account.template_without_code, tuple(name for name in names if name != "code")
    nonce = hashlib.sha256(f"{notice.id}|{notice.attempts}|{now}".encode()).hexdigest()[:32]
    return CloudMessage(phone, template, {name: values[name] for name in names if name in values}, message.reference, nonce)


def can_carry(account: CloudAccount, event: str, phone: str) -> bool:
    """Whether a message of this event can go to a number (in the form of E.164) through an account.

    The usual template says that somebody may need help. What says something else needs one of its own, or our own words.
    """
    if account.provider in _FILED:
        return bool(_choose_template(account, event, phone))
    if event not in {FOLLOW_UP_EVENT, RESOLVED_EVENT}:
        return True
    return account.http is not None and (account.http.says_text or (event == RESOLVED_EVENT and account.http.names_event))


def describe_test(account: CloudAccount) -> tuple[bool, str]:
    """Describe what a test message to a number in mainland China says.

    Returns:
        Whether it says that it is a test; and by which approved template it comes, empty where the words are ours, or those of
        the call that the settings have.
    """
    if account.provider in _FILED:
        usual = account.template_without_code or account.template
        return bool(account.template_test), account.template_test or usual
    return account.http is None or account.http.says_text, ""


def _choose_template(account: CloudAccount, event: str, phone: str) -> str:
    """Choose the template; empty where the provider has none for it."""
    if account.provider not in _FILED:
        return account.template
    if event == ASK_EVENT:
        return account.template_ask
    if event in _OWN:
        own = {
            DAILY: account.template_daily,
            WEEKLY: account.template_weekly,
            FOLLOW_UP_EVENT: account.template_follow_up,
            RESOLVED_EVENT: account.template_closed,
        }
        return own[event] if is_chinese(phone) else ""
    if not is_chinese(phone):
        return account.template_abroad
    return account.template_test if event == TEST_EVENT and account.template_test else account.template


def put_off_unanswered(receipt: Receipt) -> Receipt:
    """Put the next attempt off where no answer came."""
    is_lost = not receipt.ok and not receipt.is_final and receipt.status is None
    return replace(receipt, retry_after_s=UNANSWERED_WAIT_S) if is_lost else receipt


def await_proof(receipt: Receipt, account: CloudAccount) -> Receipt:
    """Say in the receipt of what was accepted that its provider will say more: it brings that, or is asked for it, or both."""
    if not receipt.ok or not receipt.reference or not (account.receipts or account.is_asked):
        return receipt
    after_s = (ASK_LATER_S if account.receipts else ASK_SOON_S) if account.is_asked else None
    return replace(receipt, awaits_proof=True, ask_after_s=after_s)
