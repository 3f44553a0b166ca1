"""The key of the audit: made once, for its owner alone, and refused where it is none."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from homebeat.bootstrap.audit_key import list_key_files, open_signer, read_keys
from homebeat.domain.errors import BadSettings


def test_it_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    state = tmp_path / "var"
    first, second = open_signer(state), open_signer(state)
    assert first.key_id == second.key_id
    assert len(first.key_id) == 16
    assert {file.name: file.stat().st_mode & 0o777 for file in state.iterdir()} == {"audit.key": 0o600, "audit.pub": 0o600}
    assert list_key_files(state) == [state / "audit.key"]
    assert list_key_files(tmp_path) == []


def test_processes_that_start_together_use_one_key(tmp_path: Path) -> None:
    gate, found = threading.Barrier(8), list[str]()

    def start() -> None:
        gate.wait(10)
        found.append(open_signer(tmp_path).key_id)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert set(found) == {open_signer(tmp_path).key_id}
    assert {file.name for file in tmp_path.iterdir()} == {"audit.key", "audit.pub"}


def test_either_half_checks_and_another_key_does_not(tmp_path: Path) -> None:
    signer, other = open_signer(tmp_path / "a"), open_signer(tmp_path / "b")
    signature = signer.sign("row 7")
    for name in ("audit.key", "audit.pub"):
        is_signed = read_keys([tmp_path / "b" / name, tmp_path / "a" / name])
        assert is_signed(signer.key_id, "row 7", signature) is True
        assert is_signed(signer.key_id, "row 8", signature) is False
        assert is_signed(other.key_id, "row 7", signature) is False
        assert is_signed(signer.key_id, "row 7", "not base64") is False
        assert is_signed("0" * 16, "row 7", signature) is None


@pytest.mark.parametrize(
    "content", [b"", b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\xff\x00"]
)
def test_what_is_no_key_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "audit.key"
    file.write_bytes(content)
    with pytest.raises(BadSettings, match="is no Ed25519 key"):
        open_signer(tmp_path)
    with pytest.raises(BadSettings, match="is no Ed25519 key"):
        read_keys([file])
    assert file.read_bytes() == content
    with pytest.raises(BadSettings, match="cannot be read: No such file"):
        read_keys([tmp_path / "nowhere"])
