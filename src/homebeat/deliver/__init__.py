"""Drains the outbox: claims due notices, sends them, stores every attempt, and opens an alert about each that it gives up on.

A notice is sent at least once, with the same `webhook-id` on every attempt, and never before its cause was committed. After a
crash the lease of a notice in flight ends, and the notice is sent again: at most one duplicate.

Words: docs/glossary.md.
"""

from homebeat.deliver.channels.catalogue import ChannelResources, open_channels
from homebeat.deliver.channels.command import CommandChannel, CommandOptions
from homebeat.deliver.channels.webhook import WebhookChannel
from homebeat.deliver.deliverer import Deliverer, DeliverLimits
from homebeat.deliver.outbox import StoreOutbox
from homebeat.deliver.ports import OutboxPort, Receipt, Sender
from homebeat.deliver.poster import Poster
from homebeat.deliver.state import DeliverState

__all__ = [
    "ChannelResources",
    "CommandChannel",
    "CommandOptions",
    "DeliverLimits",
    "DeliverState",
    "Deliverer",
    "OutboxPort",
    "Poster",
    "Receipt",
    "Sender",
    "StoreOutbox",
    "WebhookChannel",
    "open_channels",
]
