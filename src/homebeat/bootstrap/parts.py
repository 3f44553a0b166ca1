"""Builds each part from the settings."""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
from collections.abc import Callable
from importlib.metadata import version

from fastapi import FastAPI

from homebeat.actions import ChangeFeed, Perform, SignIn
from homebeat.api.app import create_app
from homebeat.api.connections import ConnectionLimits
from homebeat.api.context import ApiContext, Check
from homebeat.api.live import LivePlaces
from homebeat.api.site import Site
from homebeat.backtest.request import Backtests
from homebeat.bootstrap.audit_key import list_key_files, read_keys
from homebeat.bootstrap.channel_accounts import list_account_limits, open_accounts
from homebeat.bootstrap.identity_provider import make_provider_sign_in
from homebeat.bootstrap.platforms import open_platforms
from homebeat.bootstrap.runtime import read_steady_ms, read_wall_ms
from homebeat.console.install import install_console
from homebeat.console.web.context import ConsoleContext
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.deliver import ChannelResources, CommandOptions, Deliverer, DeliverLimits, Poster, StoreOutbox, open_channels
from homebeat.deliver.receipt_asker import ReceiptAsker
from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.durations import MS
from homebeat.domain.fleet import Fleet
from homebeat.egress.policy import EgressPolicy
from homebeat.engine.rulebook import RuleBook
from homebeat.identity.passwords import Passwords
from homebeat.ingest.mqtt.source import MqttSource
from homebeat.ingest.source import MqttOptions
from homebeat.response.setup import ResponseSetup
from homebeat.settings.holidays import make_calendars
from homebeat.settings.model import InForce, Settings
from homebeat.store import Keep, Signer, Store
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.audit_signer import AuditSigner
from homebeat.watch.checkpoint_file import CheckpointFile
from homebeat.watch.enrolment import compile_rulebook, make_pace

_log = logging.getLogger(__name__)
#: Epoch ms UTC.
Clock = Callable[[], int]


def make_source(settings: Settings, on_dead: Callable[[str], None], clock: Clock = read_wall_ms) -> MqttSource:
    """Make the source of the broker's messages."""
    return MqttSource(make_mqtt_options(settings), on_dead, clock)


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


def make_book_compiler(force: InForce) -> Callable[[Fleet], RuleBook]:
    """Make the function that compiles the rules in force for a registry."""
    return lambda fleet: compile_rulebook(force.plan, fleet)


def make_watch(
    force: InForce,
    store: Store,
    source: MqttSource,
    clock: Clock,
    failpoint: Callable[[str], None],
    on_commit: Callable[[], None],
    signer: Signer | None = None,
) -> Watch:
    """Make the loop; without a signer it never cuts the audit."""
    settings = force.settings
    options = WatchOptions(
        owner=make_unique_name(),
        setup=make_setup(force),
        pace=make_pace(settings),
        wire=settings.limits.make_codec_limits(),
        every_s=settings.tick.every.total_seconds(),
        messages=settings.tick.limit,
        checkpoint_ms=settings.tick.checkpoint_every // MS,
        keep=make_keep(settings),
        signer=signer,
    )
    return Watch(
        store,
        source,
        options,
        clock=clock,
        steady=read_steady_ms,
        book_of=make_book_compiler(force),
        failpoint=failpoint,
        on_commit=on_commit,
    )


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
    """How long rows are kept; values that no rule reads and the cursor of the live stream as long as the store says."""
    r = settings.retention
    return Keep(readings=r.readings, alerts=r.alerts, deliveries=r.deliveries, quarantine=r.quarantine)


def make_egress_policy(settings: Settings) -> EgressPolicy:
    """Make the policy of where deliveries may go."""
    egress = settings.egress
    return EgressPolicy(egress.allow_private, egress.allow_http, frozenset(egress.ports) if egress.ports else None)


def make_deliverer(settings: Settings, store: Store, clock: Clock, failpoint: Callable[[str], None]) -> Deliverer:
    """Make the deliverer, which drains the outbox."""
    return Deliverer(
        StoreOutbox(
            store,
            make_unique_name(),
            family_base=settings.public_url.rstrip("/"),
            accounts=list_account_limits(settings.channels),
        ),
        open_channels(
            ChannelResources(
                make_egress_policy(settings),
                make_command_options(settings),
                open_accounts(settings.channels, settings.public_url),
            )
        ),
        clock=clock,
        chance=random.Random(secrets.randbits(64)),  # noqa: S311 -- spreads retries, guards nothing
        limits=DeliverLimits(workers=settings.queues.in_flight),
        failpoints=failpoint,
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
    )


def make_deadline_keeper(
    force: InForce, store: Store, clock: Clock, on_notices: Callable[[], None] | None = None
) -> DeadlineKeeper:
    """Make what follows deadlines; `on_notices` is called when notices wait in the outbox."""
    return DeadlineKeeper(store, make_setup(force), clock, on_notices or (lambda: None))


def make_setup(force: InForce) -> ResponseSetup:
    """What the settings say about answering alerts."""
    return ResponseSetup(force.settings.link_base, force.book, make_calendars(force.settings.holidays))


def make_app(
    force: InForce, store: Store, clock: Clock, checks: dict[str, Check], backtests: Backtests | None = None
) -> tuple[FastAPI, ChangeFeed]:
    """Make API and console as one application; also returns the feed that its live streams wait on."""
    settings, setup = force.settings, make_setup(force)
    feed, perform = ChangeFeed(store), Perform(store, clock, setup)
    sign_in = SignIn(store, perform, clock, Passwords())
    app = create_app(
        ApiContext(
            store=store,
            clock=clock,
            feed=feed,
            perform=perform,
            version=version("homebeat"),
            checks=checks,
            places=make_places(settings),
            backtests=backtests,
            site=Site(settings.public_url, settings.http.host, settings.http.hosts),
            issuer=settings.oidc.issuer,
            setup=setup,
            platforms={platform.key: platform for platform in open_platforms(settings) if platform.key},
        )
    )
    install_console(
        app,
        ConsoleContext(
            store=store,
            clock=clock,
            feed=feed,
            perform=perform,
            sign_in=sign_in,
            provider=make_provider_sign_in(settings, store, perform, clock, sign_in),
            link_base=settings.link_base,
            emergency_number=settings.emergency_number,
            open_audit_keys=lambda: read_keys(list_key_files(settings.state_dir)),
            is_secure=settings.link_base.startswith("https://"),
            places=make_places(settings),
            accounts=open_accounts(settings.channels, settings.public_url),
        ),
    )
    return app, feed


def make_connection_limits(settings: Settings, most: int) -> ConnectionLimits:
    """Make the limits of HTTP connections; `most` connections fit into this process."""
    http = settings.http
    return ConnectionLimits(
        connections=min(http.connections, most),
        per_address=http.connections_per_address,
        proxies=http.proxies,
        request_s=http.request_time.total_seconds(),
        idle_s=http.idle.total_seconds(),
    )


def make_places(settings: Settings) -> LivePlaces:
    """Make places for live streams: the API and the console each have their own."""
    return LivePlaces(settings.queues.live_viewers, settings.queues.live_per_caller)
