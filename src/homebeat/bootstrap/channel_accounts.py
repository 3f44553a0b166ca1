"""Opens the accounts at providers that channels need, and says for `homebeat check` why one cannot be used."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final, Literal, TypeVar

from homebeat.bootstrap.secret_files import choose_secret
from homebeat.deliver.accounts import CloudAccount, EmailAccount, ProviderAccounts, WecomAccount
from homebeat.deliver.channels.apprise import is_installed
from homebeat.deliver.cloud_message import VARIABLES, can_carry
from homebeat.deliver.http_template import HttpTemplate
from homebeat.deliver.provider_receipts import make_receipts_address
from homebeat.deliver.receipt_query import can_be_asked
from homebeat.domain.channel import (
    APPRISE,
    CHANNELS,
    EMAIL,
    LONGEST_LIMIT_S,
    ROBOT,
    SMS,
    VOICE,
    WECOM_APP,
    AccountLimit,
    ChannelNeed,
    SendLimit,
    find_mail_fault,
)
from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import Channel
from homebeat.domain.phone import make_e164
from homebeat.settings.channels import ChannelSettings, CloudSettings, SmsSettings
from homebeat.settings.findings import Finding

_Account = TypeVar("_Account")
_Provider = Literal["aliyun", "tencent", "twilio"]
_SMS_HOSTS: Final = {"aliyun": "https://dysmsapi.aliyuncs.com", "tencent": "https://sms.tencentcloudapi.com"}
_VOICE_HOSTS: Final = {
    "aliyun": "https://dyvmsapi.aliyuncs.com",
    "tencent": "https://vms.tencentcloudapi.com",
    "twilio": "https://api.twilio.com",
}
#: Stands in an address, and is what a push is known by.
_RECEIPTS_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")
_log = logging.getLogger(__name__)


def open_accounts(channels: ChannelSettings, public_url: str = "") -> ProviderAccounts:
    """Open every account that is set up; one that cannot be used is left out, which the log says.

    Args:
        channels: The settings.
        public_url: Where providers bring receipts; empty for nowhere: then no message waits for one.
    """
    return ProviderAccounts(
        email=_try_open(channels, _open_email),
        sms=_lead_receipts(_try_open(channels, _open_sms), SMS, channels.sms, public_url),
        voice=_lead_receipts(_try_open(channels, _open_voice), VOICE, channels.voice, public_url),
        wecom_app=_try_open(channels, _open_wecom_app),
        apprise=_try_open(channels, _allow_apprise) or False,
    )


def list_cloud_accounts(channels: ChannelSettings) -> dict[str, CloudAccount]:
    """List the accounts for text messages and calls that can be used, by kind of channel; `judge_accounts` says why not."""
    found: dict[str, CloudAccount] = {}
    for kind, opener in ((SMS, _open_sms), (VOICE, _open_voice)):
        with suppress(BadSettings):
            if (account := opener(channels)) is not None:
                found[kind] = account
    return found


def carries(accounts: Mapping[str, CloudAccount], way: Channel, event: str) -> bool:
    """Whether a message of this event can go over a channel, by the templates of its account; True where it has no account."""
    account = accounts.get(way.kind)
    phone = make_e164(way.params.get("phone", "")) if account is not None else ""
    return account is None or not phone or can_carry(account, event, phone)


def list_account_limits(channels: ChannelSettings) -> dict[str, AccountLimit]:
    """List what each account takes, by kind of channel; a kind whose account takes any number is left out."""
    named = {
        EMAIL: (channels.email.host, channels.email),
        SMS: (f"{channels.sms.provider} {channels.sms.key_id}", channels.sms),
        VOICE: (f"{channels.voice.provider} {channels.voice.key_id}", channels.voice),
        WECOM_APP: (f"{channels.wecom_app.corp_id} {channels.wecom_app.agent_id}", channels.wecom_app),
    }
    found: dict[str, AccountLimit] = {}
    for kind, (name, section) in named.items():
        most = {60: section.most_a_minute, LONGEST_LIMIT_S: section.most_a_day}
        limits = tuple(SendLimit(count, within_s, kept=count // 4) for within_s, count in most.items() if count)
        if limits:
            found[kind] = AccountLimit(f"{kind} {name}", limits)
    return found


def find_absent_accounts(channels: ChannelSettings) -> frozenset[ChannelNeed]:
    """Find the accounts that no message can be sent through: not set up, or not usable."""
    broken = {need for need, opener in _OPENERS.items() if _find_fault(channels, opener)}
    return channels.find_absent() | broken


def judge_accounts(channels: ChannelSettings, public_url: str) -> list[Finding]:
    """Find what is wrong with the accounts that are set up, and with the ways in which they bring receipts."""
    found = [
        Finding(fault, f"Correct [{need}] in the settings (docs/channels.md); nobody is told that way meanwhile")
        for need, opener in _OPENERS.items()
        if (fault := _find_fault(channels, opener))
    ]
    for need, kind, cloud in ((ChannelNeed.SMS, SMS, channels.sms), (ChannelNeed.VOICE, VOICE, channels.voice)):
        provider = channels.sms.provider if kind == SMS else channels.voice.provider
        if cloud.receipts_secret.get_secret_value() and not public_url:
            says = f"{need}.receipts_secret is set, and public_url is not: the provider has no address to bring receipts to"
            advice = f"Set public_url, or take {need}.receipts_secret out"
            found.append(Finding(says, f"{advice}; what the provider accepts counts as arrived meanwhile", is_wrong=False))
        if cloud.ask_receipts and not can_be_asked(kind, provider):
            says = f"{need}.ask_receipts is on, and {provider or 'no provider'} cannot be asked for what became of a message"
            found.append(Finding(says, f"Take {need}.ask_receipts out", is_wrong=False))
    if channels.apprise.allow_unproven:
        says = "a message through Apprise counts as handed over, never as arrived: Apprise takes an error in an answer for a yes"
        found.append(Finding(says, "Give each of these contacts another channel behind it (docs/channels.md)", is_wrong=False))
    return found


def find_refused_kinds(channels: ChannelSettings) -> dict[str, str]:
    """Find the kinds of channel that a fleet file may not name, and why: an import would promise what nobody keeps."""
    if fault := _find_fault(channels, _allow_apprise):
        return {APPRISE: f"is refused here: {fault}"}
    if not channels.apprise.allow_unproven:
        says = "is refused here: what goes through Apprise is handed over, and never known to arrive"
        return {APPRISE: f"{says}; {ChannelNeed.APPRISE}.allow_unproven in the settings allows it all the same"}
    return {}


def _lead_receipts(account: CloudAccount | None, kind: str, cloud: CloudSettings, public_url: str) -> CloudAccount | None:
    if account is None:
        return None
    secret = cloud.receipts_secret.get_secret_value()
    address = make_receipts_address(public_url, kind, secret) if secret and public_url else ""
    return replace(account, receipts=address, is_asked=cloud.ask_receipts and can_be_asked(kind, account.provider))


def _try_open(channels: ChannelSettings, opener: Callable[[ChannelSettings], _Account]) -> _Account | None:
    try:
        return opener(channels)
    except BadSettings as error:
        _log.error("%s", error)
        return None


def _find_fault(channels: ChannelSettings, opener: Callable[[ChannelSettings], object]) -> str:
    try:
        opener(channels)
    except BadSettings as error:
        return str(error)
    return ""


def _open_email(channels: ChannelSettings) -> EmailAccount | None:
    email, name = channels.email, ChannelNeed.EMAIL
    if not email.host:
        _require_empty(name, email.username, email.sender, email.password.get_secret_value())
        return None
    if fault := find_mail_fault(email.sender):
        raise BadSettings(f"{name}.sender {fault}" if email.sender else f"{name}.sender is missing")
    password = choose_secret(f"{name}.password", email.password, email.password_file)
    if bool(email.username) != bool(password):
        raise BadSettings(f"{name}.username and {name}.password belong together: set both, or neither")
    if email.security == "none" and password:
        raise BadSettings(f"{name}.security is none: the password would cross the network in the clear")
    return EmailAccount(email.host, email.port, email.sender, email.security, email.username, password)


def _open_sms(channels: ChannelSettings) -> CloudAccount | None:
    sms, name = channels.sms, ChannelNeed.SMS
    if not sms.provider:
        _require_empty(name, sms.key_id, sms.sign, sms.template, sms.key_secret.get_secret_value(), sms.url.get_secret_value())
        return None
    if sms.provider == "template":
        return CloudAccount("template", http=_open_template(sms, name))
    wanted = {"key_id": sms.key_id, "sign": sms.sign, "template": sms.template}
    _require(name, wanted | ({"app_id": sms.app_id} if sms.provider == "tencent" else {}))
    account = _open_cloud(name, sms, sms.provider, _SMS_HOSTS)
    own = ("sign", "template_daily", "template_weekly", "template_follow_up", "template_closed")
    return replace(account, **{name: getattr(sms, name) for name in own})


def _open_voice(channels: ChannelSettings) -> CloudAccount | None:
    voice, name = channels.voice, ChannelNeed.VOICE
    if not voice.provider:
        _require_empty(name, voice.key_id, voice.template, voice.caller, voice.key_secret.get_secret_value())
        return None
    if voice.provider == "twilio":
        _require(name, {"key_id": voice.key_id, "caller": voice.caller})
    else:
        wanted = {"key_id": voice.key_id, "template": voice.template}
        _require(name, wanted | ({"app_id": voice.app_id} if voice.provider == "tencent" else {}))
    return replace(_open_cloud(name, voice, voice.provider, _VOICE_HOSTS), caller=voice.caller)


def _open_cloud(name: str, cloud: CloudSettings, provider: _Provider, hosts: Mapping[str, str]) -> CloudAccount:
    unknown = [variable for variable in cloud.variables if variable not in VARIABLES]
    if unknown:
        raise BadSettings(f"{name}.variables has {unknown[0]!r}; there is {', '.join(VARIABLES)}")
    if (receipts := cloud.receipts_secret.get_secret_value()) and not _RECEIPTS_SECRET.fullmatch(receipts):
        raise BadSettings(f"{name}.receipts_secret is not 20 to 100 letters, digits, - or _")
    secret = choose_secret(f"{name}.key_secret", cloud.key_secret, cloud.key_secret_file)
    _require(name, {"key_secret": secret})
    return CloudAccount(
        provider,
        cloud.key_id,
        secret,
        cloud.endpoint or hosts[provider],
        cloud.region,
        cloud.app_id,
        template=cloud.template,
        template_without_code=cloud.template_without_code,
        template_ask=cloud.template_ask,
        template_test=cloud.template_test,
        template_abroad=cloud.template_abroad,
        variables=cloud.variables,
    )


def _open_template(sms: SmsSettings, name: str) -> HttpTemplate:
    texts = {
        "url": sms.url.get_secret_value(),
        "method": sms.method,
        "headers": sms.headers.get_secret_value(),
        "body": sms.body.get_secret_value(),
        "success": sms.success,
        "retry": sms.retry,
        "final": sms.final,
    }
    _require(name, {"url": texts["url"], "success": texts["success"]})
    for known in CHANNELS[ROBOT].parameters:
        if texts[known.name] and (fault := known.find_fault(texts[known.name])):
            raise BadSettings(f"{name}.{known.name} {fault}")
    return HttpTemplate.read(texts)


def _open_wecom_app(channels: ChannelSettings) -> WecomAccount | None:
    wecom, name = channels.wecom_app, ChannelNeed.WECOM_APP
    if not wecom.corp_id:
        _require_empty(name, str(wecom.agent_id or ""), wecom.secret.get_secret_value())
        return None
    secret = choose_secret(f"{name}.secret", wecom.secret, wecom.secret_file)
    _require(name, {"agent_id": str(wecom.agent_id or ""), "secret": secret})
    return WecomAccount(wecom.corp_id, wecom.agent_id, secret, wecom.endpoint)


def _require(name: str, values: Mapping[str, str]) -> None:
    missing = [key for key, value in values.items() if not value]
    if missing:
        raise BadSettings(f"{name}.{missing[0]} is missing")


def _require_empty(name: str, *values: str) -> None:
    if any(values):
        raise BadSettings(f"{name} is not set up, because its first setting is empty, and others of it are set")


def _allow_apprise(channels: ChannelSettings) -> bool:
    if channels.apprise.allow_unproven and not is_installed():
        says = f"{ChannelNeed.APPRISE}.allow_unproven is on, and the package apprise is not installed"
        raise BadSettings(f"{says}: pip install 'homebeat[apprise]'")
    return channels.apprise.allow_unproven


_OPENERS: Final[Mapping[ChannelNeed, Callable[[ChannelSettings], object]]] = {
    ChannelNeed.EMAIL: _open_email,
    ChannelNeed.SMS: _open_sms,
    ChannelNeed.VOICE: _open_voice,
    ChannelNeed.WECOM_APP: _open_wecom_app,
    ChannelNeed.APPRISE: _allow_apprise,
}
