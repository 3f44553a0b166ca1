"""Calls with a spoken text, by the provider that the settings name. That a call was accepted, or picked up, is no answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from homebeat.deliver import aliyun, tencent, twilio
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.cloud_message import CloudMessage, await_proof, make_cloud_message, put_off_unanswered
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import Poster
from homebeat.deliver.provider import ask_provider
from homebeat.store import Leased

_SEND: Final = tencent.CloudOperation("vms", "SendTtsVoice", "2020-09-02")
_TIMES: Final = 2
#: Twilio rings this long, seconds: before most voice boxes take the call.
_RING_S: Final = 25
_NOT_SET_UP: Final = Receipt(
    ok=False, error="nobody can be called before [channels.voice] is set up", is_final=True, needs_operator=True
)


class VoiceChannel:
    """Calls the number `channel_params["phone"]`, and has a text read out twice. With Twilio, whoever answers can press a key."""

    def __init__(self, poster: Poster, account: CloudAccount | None) -> None:
        self._poster = poster
        self._account = account

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; success is that the provider has accepted the call. It says nothing about who has heard it."""
        account = self._account
        if notice.channel_params is None:
            return NO_CHANNEL
        if account is None:
            return _NOT_SET_UP
        message = make_cloud_message(notice, account, now)
        if isinstance(message, Receipt):
            return message
        receipt = put_off_unanswered(self._call(notice, account, message, now))
        return await_proof(receipt, account)

    def _call(self, notice: Leased, account: CloudAccount, message: CloudMessage, now: int) -> Receipt:
        match account.provider:
            case "aliyun":
                parameters = {
                    "CalledNumber": message.phone.removeprefix("+86").removeprefix("+"),
                    "TtsCode": message.template,
                    "TtsParam": json.dumps(message.words, ensure_ascii=False),
                    "PlayTimes": str(_TIMES),
                    "OutId": message.reference[:15],
                }
                if account.caller:
                    parameters["CalledShowNumber"] = account.caller
                key = aliyun.AliyunKey(account.key_id, account.key_secret, account.endpoint)
                call = aliyun.make_call(key, "SingleCallByTts", parameters, now, message.nonce)
                return ask_provider(self._poster, call, now, aliyun.judge)
            case "tencent":
                fields = {
                    "TemplateId": message.template,
                    "CalledNumber": message.phone,
                    "VoiceSdkAppid": account.app_id,
                    "TemplateParamSet": list(message.words.values()),
                    "PlayTimes": _TIMES,
                    "SessionContext": notice.id,
                }
                signing = tencent.TencentKey(account.key_id, account.key_secret, account.endpoint, account.region)
                return ask_provider(self._poster, tencent.make_call(signing, _SEND, fields, now), now, tencent.judge_voice)
        form: dict[str, str | Sequence[str]] = {
            "To": message.phone,
            "From": account.caller,
            "Twiml": twilio.make_spoken(notice),
            "Timeout": str(_RING_S),
        }
        if account.receipts:
            form |= {"StatusCallback": account.receipts, "StatusCallbackEvent": ["answered", "completed"]}
        placing = twilio.make_call(account.endpoint, account.key_id, account.key_secret, form)
        return ask_provider(self._poster, placing, now, twilio.judge)
