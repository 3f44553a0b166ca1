"""Builds each part from the settings."""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from homebeat.actions.live_book import LiveBook
from homebeat.actions.setting_changes import read_laid_over
from homebeat.bootstrap.channel_accounts import list_account_limits, open_accounts
from homebeat.bootstrap.runtime import read_steady_ms, read_wall_ms
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.deliver import (
    ChannelResources,
    CommandOptions,
    Deliverer,
    DeliverLimits,
    Poster,
    Sender,
    StoreOutbox,
    open_channels,
)
from homebeat.deliver.echoes import EchoNoter
from homebeat.deliver.receipt_asker import ReceiptAsker
from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.durations import MS
from homebeat.domain.fleet import Fleet, find_parents
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import SettingChange
from homebeat.egress.policy import EgressPolicy
from homebeat.engine.rulebook import RuleBook
from homebeat.ingest.formats import Formats
from homebeat.ingest.joined import JoinedSource
from homebeat.ingest.journal.reader import JournalReader
from homebeat.ingest.journal.standing import read_standing
from homebeat.ingest.mqtt.source import MqttSource
from homebeat.ingest.source import MqttOptions
from homebeat.response.setup import ResponseSetup
from homebeat.settings.console_changes import describe_left_out, lay_over
from homebeat.settings.holidays import make_calendars
from homebeat.settings.model import InForce, Settings
from homebeat.store import Keep, Signer, Store
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.audit_signer import AuditSigner
from homebeat.watch.checkpoint_file import CheckpointFile
from homebeat.watch.cloud_pushes import CloudPushes
from homebeat.watch.enrolment import BookOf, compile_rulebook, make_pace

_log = logging.getLogger(__name__)
#: Under this the heartbeat of the watch says which changes of the console were left out.
THE_CONSOLE: Final = "the console"
#: Epoch ms UTC.
Clock = Callable[[], int]


def make_source(settings: Settings, on_dead: Callable[[str], None], clock: Clock = read_wall_ms) -> MqttSource:
    """Make the source of the broker's messages."""
    return MqttSource(make_mqtt_options(settings), on_dead, clock)


def join_journal(settings: Settings, broker: MqttSource) -> MqttSource | JoinedSource:
    """Join what clouds push to the broker's messages, where any cloud is set up."""
    if not settings.intake.clouds:
        return broker
    return JoinedSource(broker, JournalReader(settings.journal_path, settings.queues.inbound, broker.wake))


def make_pushes(settings: Settings, source: MqttSource | JoinedSource) -> CloudPushes:
    """Make what follows the intake; it does nothing where no cloud is set up."""
    if not isinstance(source, JoinedSource):
        return CloudPushes()
    return CloudPushes(settings.intake.clouds, partial(read_standing, settings.journal_path), source.get_journal_state)


def make_mqtt_options(settings: Settings) -> MqttOptions:
    """Make the options of the broker and our session there."""
    m = settings.mqtt
    return MqttOptions(
        host=m.host,
        port=m.port,
        client_id=m.client_id,
        topics=m.topics,
        username=m.username,
        password=m.password.get_secret_value(),
        tls=m.tls,
        ca_file=m.ca_file,
        keepalive_s=round(m.keepalive.total_seconds()),
        queue_bound=settings.queues.inbound,
    )


def make_book_compiler(force: InForce, note: Callable[[str | None], None] = lambda _text: None) -> BookOf:
    """Make the function that compiles the rules in force for a registry; `note` gets which changes of the console it left out."""

    def compile_book(fleet: Fleet, changes: Sequence[SettingChange]) -> RuleBook:
        laid = lay_over(force, changes, find_parents(fleet))
        note(describe_left_out(laid.left_out))
        return compile_rulebook(laid.force.plan, fleet)

    return compile_book


def read_in_force(force: InForce, store: Store) -> InForce:
    """Read what is in force now: file and environment, with the console over them."""
    with store.read(EVERYTHING) as reader:
        return read_laid_over(reader, force).force


def make_watch_options(force: InForce, pushes: CloudPushes | None = None, signer: Signer | None = None) -> WatchOptions:
    """Make how a watch works, by the settings; without a signer it never cuts the audit."""
    settings = force.settings
    return WatchOptions(
        owner=make_unique_name(),
        setup=make_setup(force),
        pace=make_pace(settings),
        wire=settings.limits.make_codec_limits(),
        formats=Formats(settings.list_format_topics(), settings.mqtt.topics),
        pushes=pushes or CloudPushes(),
        every_s=settings.tick.every.total_seconds(),
        messages=settings.tick.limit,
        checkpoint_ms=settings.tick.checkpoint_every // MS,
        keep=make_keep(settings),
        signer=signer,
    )


def make_watch(
    force: InForce,
    store: Store,
    source: MqttSource | JoinedSource,
    clock: Clock,
    failpoint: Callable[[str], None],
    on_commit: Callable[[], None],
    signer: Signer | None = None,
) -> Watch:
    """Make the loop; without a signer it never cuts the audit."""
    watch = Watch(
        store,
        source,
        make_watch_options(force, make_pushes(force.settings, source), signer),
        clock=clock,
        steady=read_steady_ms,
        # called by the watch alone, which is there by then
        book_of=make_book_compiler(force, lambda text: watch.note(THE_CONSOLE, text)),
        failpoint=failpoint,
        on_commit=on_commit,
    )
    return watch


def make_audit_signer(
    settings: Settings, store: Store, signer: Signer, clock: Clock, note: Callable[[str | None], None]
) -> AuditSigner:
    """Make what signs the audit, beside the watch."""
    file = settings.audit.checkpoints
    sink = CheckpointFile(file) if file is not None else None
    return AuditSigner(store, signer, clock=clock, steady=read_steady_ms, sink=sink, note=note)


def make_unique_name() -> str:
    """Make a name that only this process has, for leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def make_keep(settings: Settings) -> Keep:
    """How long rows are kept; the cursor of the live stream as long as the store says."""
    return Keep(**dict(settings.retention))


def make_egress_policy(settings: Settings) -> EgressPolicy:
    """Make the policy of where deliveries may go."""
    egress = settings.egress
    return EgressPolicy(egress.allow_private, egress.allow_http, frozenset(egress.ports) if egress.ports else None)


def make_deliverer(
    settings: Settings,
    store: Store,
    clock: Clock,
    failpoint: Callable[[str], None],
    outside_clock: Clock | None = None,
    wrap: Callable[[Sender], Sender] = lambda sender: sender,
    echoes: EchoNoter | None = None,
) -> Deliverer:
    """Make the deliverer, which drains the outbox.

    Args:
        settings: The operator's.
        store: Holds the outbox.
        clock: Epoch ms.
        failpoint: Where a crash test stops the process.
        outside_clock: That of receivers, where `clock` is another.
        wrap: Puts a sender around that of each kind of channel.
        echoes: Keeps that the device of a question has answered.
    """
    senders = open_channels(
        ChannelResources(
            make_egress_policy(settings),
            make_command_options(settings),
            open_accounts(settings.channels, settings.public_url),
            None if echoes is None else echoes.put,
        )
    )
    return Deliverer(
        StoreOutbox(
            store,
            make_unique_name(),
            family_base=settings.public_url.rstrip("/"),
            accounts=list_account_limits(settings.channels),
        ),
        {kind: wrap(sender) for kind, sender in senders.items()},
        clock=clock,
        chance=random.Random(secrets.randbits(64)),  # noqa: S311 -- spreads retries, guards nothing
        limits=DeliverLimits(workers=settings.queues.in_flight),
        failpoints=failpoint,
        outside_clock=outside_clock,
        count_echoes=dict if echoes is None else echoes.count,
    )


def make_receipt_asker(force: InForce, store: Store, clock: Clock) -> ReceiptAsker | None:
    """Make what asks providers for receipts; None where none is to be asked."""
    accounts = open_accounts(force.settings.channels, force.settings.public_url)
    asked = {kind: one for kind, one in {SMS: accounts.sms, VOICE: accounts.voice}.items() if one is not None and one.is_asked}
    poster = Poster(make_egress_policy(force.settings))
    return ReceiptAsker(store, asked, poster, clock, make_setup(force)) if asked else None


def make_command_options(settings: Settings) -> CommandOptions:
    """Make the options of the command channel: the broker and account of the watch, with a session of its own."""
    m = settings.mqtt
    return CommandOptions(
        host=m.host,
        port=m.port,
        client_id=f"{m.client_id}-commands-{secrets.token_hex(4)}",
        username=m.username,
        password=m.password.get_secret_value(),
        tls=m.tls,
        ca_file=m.ca_file,
        keepalive_s=round(m.keepalive.total_seconds()),
        formats=m.formats,
    )


def make_echo_noter(force: InForce, store: Store, clock: Clock) -> EchoNoter:
    """Make what keeps the answers of devices on which residents are asked."""
    return EchoNoter(store, clock, make_setup(force))


def make_deadline_keeper(
    force: InForce, store: Store, clock: Clock, on_notices: Callable[[], None] | None = None
) -> DeadlineKeeper:
    """Make what follows deadlines; `on_notices` is called when notices wait in the outbox."""
    return DeadlineKeeper(store, make_setup(force), clock, on_notices or (lambda: None))


def make_setup(force: InForce) -> ResponseSetup:
    """What the settings say about answering alerts."""
    return ResponseSetup(force.settings.link_base, force.book, make_calendars(force.settings.holidays), LiveBook(force))
