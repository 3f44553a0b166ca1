"""The guards of conftest.py guard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 80), ("8.8.8.8", 53)])
def test_connecting_elsewhere_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as sock, pytest.raises(PermissionError, match="loopback"):
        sock.connect(address)


def test_listening_on_every_interface_is_refused() -> None:
    with socket.socket() as sock, pytest.raises(PermissionError, match="loopback"):
        sock.bind(("0.0.0.0", 47_113))


def test_looking_up_a_name_is_refused() -> None:
    with pytest.raises(PermissionError, match="resolver"):
        socket.getaddrinfo("family.example", 443)


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.sendall(b"x")
        there, _ = server.accept()
        with there:
            assert there.recv(1) == b"x"


SKIPPING = """
import pytest
def test_skips(): pytest.skip("no such server here")
@pytest.mark.outside_input
def test_may_skip(): pytest.skip("no recordings here")
"""


@pytest.mark.parametrize("ci, passed", [("true", False), ("", True)])
def test_a_skip_fails_in_ci_only(tmp_path: Path, ci: str, passed: bool) -> None:
    (tmp_path / "conftest.py").write_text(
        (ROOT / "tests/conftest.py").read_text().replace('"tests.databases", "tests.brokers"', "")
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  outside_input: x\n")
    (tmp_path / "test_it.py").write_text(SKIPPING)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(tmp_path)],
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    closing = ran.stdout.strip().splitlines()[-1]
    assert (ran.returncode == 0) is passed, ran.stdout
    assert ("1 failed, 1 skipped" if ci else "2 skipped") in closing
