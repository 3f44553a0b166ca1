"""The catalogue of clouds: a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homebeat.domain.cloud import CloudKind
from homebeat.intake.clouds.onenet import OnenetCheck
from homebeat.intake.clouds.secret_path import SecretPathCheck
from homebeat.intake.clouds.tencent import TencentCheck
from homebeat.intake.clouds.tianshu import TianshuCheck
from homebeat.intake.push import CloudCheck


@dataclass(frozen=True, slots=True)
class CloudSecrets:
    """What a cloud is known by; empty where it has nothing of the kind.

    Attributes:
        secret: The last part of the address, the token, or the secret key.
        secret_id: What the cloud calls our account (Tianshu).
        key: Of encrypted messages (OneNET).
    """

    secret: str = ""
    secret_id: str = ""
    key: bytes = b""


CHECKS: Final[dict[CloudKind, Callable[[CloudSecrets], CloudCheck]]] = {
    CloudKind.CTWING: lambda given: SecretPathCheck(given.secret),
    CloudKind.HUAWEI: lambda given: SecretPathCheck(given.secret),
    CloudKind.OTHER: lambda given: SecretPathCheck(given.secret),
    CloudKind.ONENET: lambda given: OnenetCheck(given.secret, given.key),
    CloudKind.TENCENT: lambda given: TencentCheck(given.secret),
    CloudKind.TIANSHU: lambda given: TianshuCheck(given.secret_id, given.secret),
}
