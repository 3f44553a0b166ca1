"""Opens the accounts at providers that channels need, and says for `homebeat check` why one cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from homebeat.bootstrap.secret_files import choose_secret
from homebeat.deliver.accounts import Accounts, EmailAccount
from homebeat.domain.channel import ChannelNeed, find_mail_fault
from homebeat.domain.errors import BadSettings
from homebeat.settings.channels import ChannelSettings
from homebeat.settings.findings import Finding

_Account = TypeVar("_Account")
_log = logging.getLogger(__name__)


def open_accounts(channels: ChannelSettings) -> Accounts:
    """Open every account that is set up; one that cannot be used is left out, which the log says."""
    return Accounts(email=_try_open(channels, _open_email))


def find_absent_accounts(channels: ChannelSettings) -> frozenset[ChannelNeed]:
    """Find the accounts that no message can be sent through: not set up, or not usable."""
    broken = {need for need, opener in _OPENERS.items() if _find_fault(channels, opener)}
    return channels.find_absent() | broken


def judge_accounts(channels: ChannelSettings) -> list[Finding]:
    """Find what is wrong with the accounts that are set up."""
    return [
        Finding(fault, f"Correct [{need}] in the settings (docs/channels.md); nobody is told that way meanwhile")
        for need, opener in _OPENERS.items()
        if (fault := _find_fault(channels, opener))
    ]


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


def _require_empty(name: str, *values: str) -> None:
    if any(values):
        raise BadSettings(f"{name} is not set up, because its first setting is empty, and others of it are set")


_OPENERS: Final[dict[ChannelNeed, Callable[[ChannelSettings], object]]] = {ChannelNeed.EMAIL: _open_email}
