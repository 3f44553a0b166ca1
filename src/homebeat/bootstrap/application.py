"""Builds API and console from the settings. Only a process that serves them loads it: the others start a third faster."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from homebeat.actions import ChangeFeed, Perform, SignIn
from homebeat.api.app import create_app
from homebeat.api.context import ApiContext, Check, list_services
from homebeat.api.live import LivePlaces
from homebeat.api.site import Site
from homebeat.backtest.request import Backtests
from homebeat.bootstrap.audit_key import list_key_files, read_keys
from homebeat.bootstrap.channel_accounts import find_absent_accounts, open_accounts
from homebeat.bootstrap.identity_provider import make_provider_sign_in
from homebeat.bootstrap.parts import Clock, make_setup
from homebeat.bootstrap.platforms import open_platforms
from homebeat.bootstrap.registry import make_home_rules
from homebeat.console.install import install_console
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.durations import MS
from homebeat.identity.passwords import Passwords
from homebeat.serving.connections import ConnectionLimits
from homebeat.settings.model import InForce, Settings
from homebeat.store import Store


def make_app(
    force: InForce, store: Store, clock: Clock, checks: dict[str, Check], backtests: Backtests | None = None
) -> tuple[FastAPI, ChangeFeed]:
    """Make API and console as one application; also returns the feed that its live streams wait on."""
    settings, setup, home_rules = force.settings, make_setup(force), make_home_rules(force)
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
            services=list_services(has_intake=bool(settings.intake.clouds)),
            places=make_places(settings),
            backtests=backtests,
            site=Site(settings.public_url, settings.http.host, settings.http.hosts),
            issuer=settings.oidc.issuer,
            setup=setup,
            home_rules=home_rules,
            absent_accounts=find_absent_accounts(settings.channels),
            base=force,
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
            emergency_numbers=settings.list_emergency_numbers(),
            open_audit_keys=lambda: read_keys(list_key_files(settings.state_dir)),
            is_secure=settings.link_base.startswith("https://"),
            places=make_places(settings),
            accounts=open_accounts(settings.channels, settings.public_url),
            broker=f"{settings.mqtt.host}:{settings.mqtt.port}",
            late_ms=settings.tick.lateness // MS,
            home_rules=home_rules,
            absent_accounts=find_absent_accounts(settings.channels),
            base=force,
            backtests=backtests,
            setup=setup,
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
