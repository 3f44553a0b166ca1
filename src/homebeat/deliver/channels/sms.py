"""Text messages, by the provider that the settings name: Aliyun, Tencent, or any other by an HTTP template."""

from __future__ import annotations

import json
from typing import Final

from homebeat.deliver import aliyun, tencent
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.cloud_message import CloudMessage, await_proof, can_carry, make_cloud_message, put_off_unanswered
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import Poster
from homebeat.deliver.provider import ask_provider
from homebeat.domain.phone import make_e164
from homebeat.store import Leased

_SEND: Final = tencent.CloudOperation("sms", "SendSms", "2021-01-11")
_NOT_SET_UP: Final = Receipt(
    ok=False, error="no text message can be sent before [channels.sms] is set up", is_final=True, needs_operator=True
)


class SmsChannel:
    """Sends to the number `channel_params["phone"]`: the provider's approved template, filled with a code, not with a link."""

    def __init__(self, poster: Poster, account: CloudAccount | None) -> None:
        self._poster = poster
        self._account = account

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def can_say(self, notice: Leased) -> bool:
        """Whether the provider's templates say what the notice does."""
        phone = make_e164((notice.channel_params or {}).get("phone", ""))
        return self._account is None or not phone or can_carry(self._account, notice.event, phone)

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; success is that the provider has accepted the message."""
        account = self._account
        if notice.channel_params is None:
            return NO_CHANNEL
        if account is None:
            return _NOT_SET_UP
        message = make_cloud_message(notice, account, now)
        if isinstance(message, Receipt):
            return message
        receipt = put_off_unanswered(self._send(notice, account, message, now))
        return await_proof(receipt, account)

    def _send(self, notice: Leased, account: CloudAccount, message: CloudMessage, now: int) -> Receipt:
        if account.http is not None:
            return ask_provider(self._poster, account.http.make_call(notice, message.phone), now, account.http.judge)
        if account.provider == "aliyun":
            parameters = {
                "PhoneNumbers": message.phone.removeprefix("+86").removeprefix("+"),
                "SignName": account.sign,
                "TemplateCode": message.template,
                "TemplateParam": json.dumps(message.words, ensure_ascii=False),
                "OutId": notice.id,
            }
            key = aliyun.AliyunKey(account.key_id, account.key_secret, account.endpoint)
            call = aliyun.make_call(key, "SendSms", parameters, now, message.nonce)
            return ask_provider(self._poster, call, now, aliyun.judge)
        fields = {
            "PhoneNumberSet": [message.phone],
            "SmsSdkAppId": account.app_id,
            "SignName": account.sign,
            "TemplateId": message.template,
            "TemplateParamSet": list(message.words.values()),
            "SessionContext": notice.id,
        }
        signing = tencent.TencentKey(account.key_id, account.key_secret, account.endpoint, account.region)
        return ask_provider(self._poster, tencent.make_call(signing, _SEND, fields, now), now, tencent.judge_message)
