"""The sender of each kind of channel: one file, and one line here, for each entry of `domain.channel`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from homebeat.deliver.accounts import NO_ACCOUNTS, ProviderAccounts
from homebeat.deliver.channels.apprise import AppriseChannel
from homebeat.deliver.channels.command import CommandChannel, CommandOptions
from homebeat.deliver.channels.dingtalk_robot import DingtalkRobotChannel
from homebeat.deliver.channels.email import EmailChannel
from homebeat.deliver.channels.feishu_robot import FeishuRobotChannel
from homebeat.deliver.channels.robot import RobotChannel
from homebeat.deliver.channels.sms import SmsChannel
from homebeat.deliver.channels.voice import VoiceChannel
from homebeat.deliver.channels.webhook import WebhookChannel
from homebeat.deliver.channels.wecom_app import WecomAppChannel
from homebeat.deliver.channels.wecom_robot import WecomRobotChannel
from homebeat.deliver.ports import Sender
from homebeat.deliver.poster import Poster
from homebeat.domain.channel import (
    APPRISE,
    DINGTALK_ROBOT,
    EMAIL,
    FEISHU_ROBOT,
    ROBOT,
    SMS,
    VOICE,
    WEBHOOK,
    WECOM_APP,
    WECOM_ROBOT,
)
from homebeat.domain.notice import COMMAND
from homebeat.egress.policy import EgressPolicy


@dataclass(frozen=True, slots=True)
class ChannelResources:
    """What senders need from the settings.

    Attributes:
        egress: The addresses that may be called.
        commands: The broker on which devices get commands.
        accounts: Our accounts at providers.
        on_echo: Called with the id of a question when its device has answered; it must not block.
    """

    egress: EgressPolicy
    commands: CommandOptions
    accounts: ProviderAccounts = NO_ACCOUNTS
    on_echo: Callable[[str], None] | None = None


OPENERS: Final[Mapping[str, Callable[[ChannelResources, Poster], Sender]]] = {
    WEBHOOK: lambda _, poster: WebhookChannel(poster),
    WECOM_ROBOT: lambda _, poster: WecomRobotChannel(poster),
    DINGTALK_ROBOT: lambda _, poster: DingtalkRobotChannel(poster),
    FEISHU_ROBOT: lambda _, poster: FeishuRobotChannel(poster),
    ROBOT: lambda _, poster: RobotChannel(poster),
    EMAIL: lambda means, poster: EmailChannel(poster, means.accounts.email),
    SMS: lambda means, poster: SmsChannel(poster, means.accounts.sms),
    VOICE: lambda means, poster: VoiceChannel(poster, means.accounts.voice),
    WECOM_APP: lambda means, poster: WecomAppChannel(poster, means.accounts.wecom_app),
    APPRISE: lambda means, poster: AppriseChannel(poster, is_allowed=means.accounts.apprise),
    COMMAND: lambda means, _: CommandChannel(means.commands, means.on_echo),
}


def open_channels(means: ChannelResources) -> dict[str, Sender]:
    """Open a sender of each kind. None of them connects before its first message."""
    poster = Poster(means.egress)
    return {kind: opener(means, poster) for kind, opener in OPENERS.items()}
