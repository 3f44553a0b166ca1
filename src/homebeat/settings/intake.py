"""Clouds that push over HTTP: `[intake]`, and `[intake.clouds.NAME]` for each."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from homebeat.domain.cloud import CloudKind
from homebeat.settings.section import Addresses, Duration, OwnName, Section, split_list


def _parse_networks(raw: object) -> object:
    parts = split_list(raw)
    return [str(ipaddress.ip_network(part, strict=False)) for part in parts] if isinstance(parts, list | tuple) else parts


Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_networks)]


class IntakeCloud(Section):
    """One cloud. Its address here is `/intake/NAME`, with the secret behind it where the cloud signs nothing.

    Attributes:
        secret: The last part of the address (`ctwing`, `huawei`, `other`), the token (`onenet`, `tencent`), or the secret key
            (`tianshu`).
        secret_file: A file with it alone in it, in place of `secret`.
        secret_id: What the cloud calls our account (`tianshu`).
        aes_key: Of encrypted messages, 16 characters (`onenet`).
        addresses: From where it pushes, as addresses or networks; empty for anywhere.
    """

    kind: CloudKind
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    secret_id: str = Field(default="", max_length=200)
    aes_key: SecretStr = SecretStr("")
    aes_key_file: Path | None = None
    addresses: Networks = ()


class IntakeSettings(Section):
    """Where `homebeat intake` listens, how much anybody may use, and which clouds there are.

    Attributes:
        proxies: Addresses of reverse proxies, as `http.proxies`.
        requests: How many messages a second are taken of one cloud.
        journal_bytes: What messages that the watch has not committed may take on disk; beyond it clouds get 503.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8090, ge=0, le=65_535)
    proxies: Addresses = ("127.0.0.1", "::1")
    connections: int = Field(default=512, ge=16, le=10_000)
    connections_per_address: int = Field(default=256, ge=4, le=10_000)
    request_time: Duration = Field(default=timedelta(seconds=10), ge=timedelta(seconds=1), le=timedelta(minutes=5))
    idle: Duration = Field(default=timedelta(seconds=60), ge=timedelta(seconds=1), le=timedelta(minutes=10))
    requests: int = Field(default=5_000, ge=1, le=100_000)
    journal_bytes: int = Field(default=1 << 30, ge=1 << 20, le=1 << 40)
    clouds: dict[OwnName, IntakeCloud] = Field(default_factory=dict, max_length=50)

    def list_secret_files(self) -> list[Path | None]:
        """List the files with secrets; None where one is not set."""
        return [file for cloud in self.clouds.values() for file in (cloud.secret_file, cloud.aes_key_file)]
