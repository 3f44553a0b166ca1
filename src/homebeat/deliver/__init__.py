"""Drains the outbox: claims what is due, sends it, writes every attempt down, and raises an alert about what it gives up on.

Sent at least once, with the same `webhook-id` on every attempt; never before its cause was committed. After a crash the lease
of what was in flight runs out and the message is sent again: at most one duplicate.

Words: docs/glossary.md.
"""

from homebeat.deliver.channels.catalogue import Means, open_channels
from homebeat.deliver.channels.command import CommandChannel, CommandOptions
from homebeat.deliver.channels.webhook import WebhookChannel
from homebeat.deliver.deliverer import Deliverer, DeliverLimits
from homebeat.deliver.egress import EgressPolicy
from homebeat.deliver.outbox import StoreOutbox
from homebeat.deliver.ports import Channel, OutboxPort, Receipt
from homebeat.deliver.state import DeliverState

__all__ = [
    "Channel",
    "CommandChannel",
    "CommandOptions",
    "DeliverLimits",
    "DeliverState",
    "Deliverer",
    "EgressPolicy",
    "Means",
    "OutboxPort",
    "Receipt",
    "StoreOutbox",
    "WebhookChannel",
    "open_channels",
]
