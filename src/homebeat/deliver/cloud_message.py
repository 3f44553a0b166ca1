"""What an approved template of a provider is filled with. Its variables are short, and may hold no link: a code stands for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.message import write_message
from homebeat.deliver.note_message import make_note_words
from homebeat.deliver.ports import Receipt
from homebeat.domain.family_note import DAILY, FAMILY_NOTES
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.notice import ASK_EVENT
from homebeat.domain.phone import is_chinese, make_e164
from homebeat.store import Leased
from homebeat.wording import Wording

#: What a variable may hold, by its name in the settings.
VARIABLES: Final = ("code", "reference", "priority")
#: What stands for a code where there is none: providers refuse a variable that is empty.
_NO_CODE: Final = "-"
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
    names, template = account.variables, account.template
    is_written_there = account.provider in {"aliyun", "tencent"}
    if is_written_there and notice.event == ASK_EVENT:
        template = account.template_ask
        if not template:  # the usual one would tell them that somebody they care for may need help
            text = "the resident cannot be asked: template_ask is not set in the settings"
            return Receipt(ok=False, error=text, is_final=True, needs_operator=True)
    elif is_written_there and notice.event in FAMILY_NOTES:
        values = make_note_words(notice, Wording(notice.language))
        names, template = tuple(values), account.template_daily if notice.event == DAILY else account.template_weekly
        if not template or not is_chinese(phone):
            text = "notes are not sent by text message: template_daily or template_weekly is not set, or the number is abroad"
            return Receipt(ok=False, error=text, is_final=True)
    elif notice.event == FOLLOW_UP_EVENT:
        template = account.template_follow_up
        says_so = (
            bool(template) and is_chinese(phone) if is_written_there else account.http is not None and account.http.says_text
        )
        if not says_so:  # the usual one would tell them that somebody they care for may need help
            text = "follow-ups are not asked by text message: template_follow_up is not set, or the number is abroad"
            return Receipt(ok=False, error=text, is_final=True)
    elif not is_chinese(phone) and is_written_there:
        template = account.template_abroad
        if not template:
            text = "the number is not in mainland China, and template_abroad is not set in the settings"
            return Receipt(ok=False, error=text, is_final=True, needs_operator=True)
    elif not message.code and account.template_without_code:
        template, names = account.template_without_code, tuple(name for name in names if name != "code")
    nonce = hashlib.sha256(f"{notice.id}|{notice.attempts}|{now}".encode()).hexdigest()[:32]
    return CloudMessage(phone, template, {name: values[name] for name in names if name in values}, message.reference, nonce)


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
