"""What is in force and where it comes from, as lines for `homebeat check`; secrets are never among them."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from homebeat.domain.durations import format_duration
from homebeat.settings.model import InForce
from homebeat.settings.plan import ENABLED, RulePlan

DEFAULT = "default"


class SettingLine(NamedTuple):
    """One setting: its dotted key, its value as text, and its source: `default`, a variable, or a line of the file."""

    key: str
    value: str
    source: str


def explain(force: InForce) -> list[SettingLine]:
    """List every setting that is in force, rules last: for everybody, then what areas say otherwise."""
    lines = [SettingLine(key, value, force.sources.get(key, DEFAULT)) for key, value in _settings(force.settings)]
    lines += [SettingLine(key, value, force.sources.get(key, DEFAULT)) for key, value in _everywhere(force.plan)]
    for area, rules in sorted(force.plan.areas.items()):
        for code, values in rules.items():
            for name, value in values.items():
                key = f"areas.{area}.rules.{code}.{name}"
                lines.append(SettingLine(key, shown(value), force.sources.get(key, DEFAULT)))
    return lines


def concerns(force: InForce) -> list[str]:
    """What can be used and is still worth a second look, one sentence each."""
    settings = force.settings
    found = [f"{name} is set and means nothing to homebeat" for name in force.strangers]
    if settings.mqtt.password.get_secret_value() and not settings.mqtt.tls and not _is_loopback(settings.mqtt.host):
        found.append("mqtt.tls is off: the broker's password and all readings cross the network in the clear")
    if settings.egress.allow_private:
        found.append("egress.allow_private is on: a family's webhook address can reach into your own network")
    if settings.egress.allow_http:
        found.append("egress.allow_http is on: messages to families may be read on their way")
    if not _is_loopback(settings.http.host) and not settings.public_url.startswith("https://"):
        found.append("http.host is not loopback and public_url is not https: put TLS in front and say so in public_url")
    if settings.limits.backfill < settings.limits.behind:
        found.append("limits.backfill is shorter than limits.behind: a list would be refused that a single reading is not")
    return found


def shown(value: object) -> str:
    """A value as it would be written in the file; a secret as stars."""
    match value:
        case SecretStr():
            return _masked(value.get_secret_value())
        case bool():
            return "true" if value else "false"
        case timedelta():
            return format_duration(value)
        case Enum():
            return value.value if isinstance(value.value, str) else value.name.lower()
        case tuple():
            return ", ".join(shown(part) for part in value)
        case None | "":
            return "(none)"
        case Path() | str() | int() | float():
            return str(value)
    return repr(value)


def _masked(secret: str) -> str:
    """A database address without its password and options; of any other secret, only whether there is one."""
    if not secret:
        return "(none)"
    parts = urlsplit(secret)
    if not parts.scheme or "://" not in secret:
        return "***"
    user = f"{parts.username}:***@" if parts.username else ""
    place = parts.hostname or ""
    port = f":{parts.port}" if place and parts.port else ""
    return f"{parts.scheme}://{user}{place}{port}{parts.path}"


def _settings(model: BaseModel, before: str = "") -> Iterator[tuple[str, str]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _settings(value, f"{before}{name}.")
        else:
            yield before + name, shown(value)


def _everywhere(plan: RulePlan) -> Iterator[tuple[str, str]]:
    for code, (enabled, rule) in plan.for_area().items():
        yield f"rules.{code}.{ENABLED}", shown(enabled)
        for name, value in _fields(rule).items():
            yield f"rules.{code}.{name}", shown(value)


def _fields(rule: Any) -> Mapping[str, object]:
    return {f.name: getattr(rule, f.name) for f in dataclasses.fields(rule) if f.init}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
