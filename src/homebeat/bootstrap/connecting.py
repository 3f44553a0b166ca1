"""`homebeat check --connect`: tests broker, identity provider, mail server, platforms and receivers, together and within a time.

It sends no message to anybody.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import Final

from homebeat.bootstrap.channel_accounts import open_accounts
from homebeat.bootstrap.home_assistant import try_home_assistant
from homebeat.bootstrap.identity_provider import try_identity_provider
from homebeat.bootstrap.parts import make_egress_policy, make_mqtt_options
from homebeat.bootstrap.registry_findings import cut_path, name_some
from homebeat.deliver import Poster
from homebeat.deliver.channels.email import EmailChannel
from homebeat.deliver.reachability import try_to_reach
from homebeat.domain.channel import get_called_address
from homebeat.domain.contact_id import list_channels
from homebeat.domain.fleet import Contact, Responder
from homebeat.ingest.mqtt.reachability import try_broker
from homebeat.settings.findings import Finding
from homebeat.settings.model import InForce, Settings

_WORKERS: Final = 16
_EACH_S: Final = 5.0
_ALL_S: Final = 60.0


def try_connections(
    force: InForce, contacts: Iterable[Contact], all_s: float = _ALL_S, responders: Iterable[Responder] = ()
) -> list[Finding]:
    """Try broker, identity provider, mail server, every platform and receiver once; progress goes to standard error."""
    policy = make_egress_policy(force.settings)
    tries: list[Callable[[], Finding | None]] = [partial(_try_broker, force.settings)]
    if force.settings.home_assistant.enabled:
        tries.append(partial(try_home_assistant, force.settings, _EACH_S))
    if force.settings.oidc.issuer:
        tries.append(partial(try_identity_provider, force.settings, _EACH_S))
    if (account := open_accounts(force.settings.channels).email) is not None:
        mail = EmailChannel(Poster(policy, timeout_s=_EACH_S), account)
        tries.append(partial(_judge_mail_server, account.host, mail.find_account_fault))
    for name, platform in force.settings.platforms.items():
        if address := platform.url.get_secret_value().strip():
            tries.append(partial(_judge_platform, name, partial(try_to_reach, cut_path(address), policy, _EACH_S)))
    for origin, names in _group_receivers(contacts, responders).items():
        tries.append(partial(_judge_receiver, names, partial(try_to_reach, origin, policy, _EACH_S)))
    found: list[Finding] = []
    pool, done = ThreadPoolExecutor(_WORKERS, "connect"), 0
    running = [pool.submit(attempt) for attempt in tries]
    try:
        for done, future in enumerate(as_completed(running, timeout=all_s), 1):
            print(f"tried {done} of {len(running)}", file=sys.stderr)
            if (finding := future.result()) is not None:
                found.append(finding)
    except TimeoutError:
        text = f"{len(running) - done} of {len(running)} connections were not tried within {all_s:.0f} s"
        found.append(Finding(text, "Try again when the network is quieter"))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return found


def _group_receivers(contacts: Iterable[Contact], responders: Iterable[Responder]) -> dict[str, list[str]]:
    """Group contacts and responders by scheme, host and port: one connection tests a receiver for all who share it."""
    found: dict[str, list[str]] = {}
    for who, channels in list_channels(contacts, responders):
        for channel in channels:
            if address := get_called_address(channel):
                found.setdefault(cut_path(address), []).append(str(who))
    return found


def _try_broker(settings: Settings) -> Finding | None:
    wrong = try_broker(make_mqtt_options(settings), _EACH_S)
    where = f"{settings.mqtt.host}:{settings.mqtt.port}"
    if not wrong:
        return None
    return Finding(f"the broker {where}: {wrong}", "Is it up, and are mqtt.host, port, tls, username and password right")


def _judge_mail_server(host: str, attempt: Callable[[], str]) -> Finding | None:
    wrong = attempt()
    return (
        Finding(f"the mail server {host}: {wrong}", "Correct [channels.email] in the settings (docs/channels.md)")
        if wrong
        else None
    )


def _judge_platform(name: str, attempt: Callable[[], str]) -> Finding | None:
    wrong = attempt()
    do = f"Ask whoever runs it, or correct the url of [platforms.{name}]; its events wait meanwhile"
    return Finding(f"the platform {name}: {wrong}", do) if wrong else None


def _judge_receiver(names: list[str], attempt: Callable[[], str]) -> Finding | None:
    wrong = attempt()
    if not wrong:
        return None
    return Finding(
        f"the address of {name_some(names)}: {wrong}",
        "Ask whoever runs it; nobody there is told anything meanwhile, so have another way to tell them",
    )
