"""What sends through each kind of channel: one file and one line here for each entry of `domain.channel`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from homebeat.deliver.channels.command import CommandChannel, CommandOptions
from homebeat.deliver.channels.webhook import WebhookChannel
from homebeat.deliver.egress import EgressPolicy
from homebeat.deliver.ports import Channel
from homebeat.domain.channel import WEBHOOK
from homebeat.domain.notice import COMMAND


@dataclass(frozen=True, slots=True)
class Means:
    """What channels are opened with, from the settings.

    Attributes:
        egress: Where may be called.
        commands: Where the broker is on which devices are told something.
    """

    egress: EgressPolicy
    commands: CommandOptions


OPENERS: Final[Mapping[str, Callable[[Means], Channel]]] = {
    WEBHOOK: lambda means: WebhookChannel(means.egress),
    COMMAND: lambda means: CommandChannel(means.commands),
}


def open_channels(means: Means) -> dict[str, Channel]:
    """One channel of each kind. Nothing is connected before the first message."""
    return {kind: opener(means) for kind, opener in OPENERS.items()}
