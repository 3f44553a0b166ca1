"""What a confined process may do: each act is judged as Python's audit names it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from homebeat.egress.confinement import Confinement, Forbidden
from homebeat.egress.policy import EgressPolicy


def confine(folder: Path, policy: EgressPolicy | None = None) -> Confinement:
    return Confinement(policy or EgressPolicy(), [folder], lambda connection: connection == "tls")


def judge(confinement: Confinement, *acts: tuple[str, tuple[Any, ...]]) -> bool:
    try:
        for event, arguments in acts:
            confinement.judge(event, arguments)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    ("where", "ok"),
    [
        (("8.8.8.8", 443), True),
        (("2606:4700::1111", 8443, 0, 0), True),
        (("8.8.8.8", 25), False),
        (("127.0.0.1", 443), False),
        (("10.0.0.5", 443), False),
        (("169.254.169.254", 443), False),
        (("::ffff:10.0.0.5", 443, 0, 0), False),
        (("fe80::1%eth0", 443, 0, 2), False),
        (("internal.example", 443), False),
        ("/run/docker.sock", False),
        (b"\0hidden", False),
    ],
)
def test_a_socket_is_judged_by_the_address_that_it_is_opened_to(tmp_path: Path, where: object, *, ok: bool) -> None:
    assert judge(confine(tmp_path), ("socket.connect", (None, where))) is ok


def test_a_call_without_tls_goes_no_further(tmp_path: Path) -> None:
    plain, secure = (("http.client.connect", (kind, "family.example", 443)) for kind in ("plain", "tls"))
    assert judge(confine(tmp_path), secure)
    assert not judge(confine(tmp_path), plain)
    assert judge(confine(tmp_path, EgressPolicy(allow_http=True)), plain)


@pytest.mark.parametrize(
    "event", ["socket.sendto", "socket.bind", "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.remove"]
)
def test_there_is_no_other_way_out(tmp_path: Path, event: str) -> None:
    assert not judge(confine(tmp_path), (event, (None, ("8.8.8.8", 443))))


def test_files_are_read_from_its_folders_alone_and_written_nowhere(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "secret"
    inside.mkdir()
    outside.write_text("secret")
    (inside / "link").symlink_to(outside)
    confinement = confine(inside)
    assert judge(confinement, ("open", (str(inside / "module.py"), "r", os.O_RDONLY)), ("open", (3, "w", os.O_WRONLY)))
    for path in (outside, inside / "link", inside / ".." / "secret"):
        assert not judge(confinement, ("open", (str(path), "r", os.O_RDONLY)))
    assert not judge(confinement, ("open", (str(inside / "module.py"), "w", os.O_WRONLY)))
    assert not judge(confinement, ("open", (str(inside / "module.py"), None, os.O_RDWR)))
