"""The key file: made once, read whole or not at all, and refused where others could read it."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from homebeat.domain.errors import BadSettings
from homebeat.store.sealing.key_file import KeyFile, read_key_file, write_key_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "homebeat.key"


def test_it_is_made_once_for_its_owner_alone(path: Path) -> None:
    first = KeyFile(path).make()
    assert KeyFile(path).make().id == first.id == read_key_file(path).id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["homebeat.key"]
    write_key_file(path)
    assert read_key_file(path).id == first.id


def test_many_who_make_it_at_once_get_the_same(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = {key.id for key in pool.map(lambda _: KeyFile(path).make(), range(32))}
    assert len(ids) == 1


def test_two_files_have_two_keys(tmp_path: Path) -> None:
    assert KeyFile(tmp_path / "a").make().id != KeyFile(tmp_path / "b").make().id


def test_a_missing_one_says_what_to_do(path: Path) -> None:
    with pytest.raises(BadSettings, match=r"there is no key file at .*put the copy of it back .*setting key_file"):
        KeyFile(path).read()


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o666, 0o640, 0o660, 0o620])
def test_one_that_is_open_to_others_is_refused(path: Path, mode: int) -> None:
    write_key_file(path)
    if os.geteuid() == 0:
        os.chown(path, 12_345, 0)
    path.chmod(mode)
    with pytest.raises(BadSettings, match=rf"open to others \(mode {mode:04o}\)\. Run: chmod 0600 .*db rekey"):
        KeyFile(path).read()


@pytest.mark.skipif("os.geteuid() != 0")
@pytest.mark.parametrize("mode, is_usable", [(0o400, True), (0o440, True), (0o460, False), (0o444, False)])
def test_roots_file_may_be_handed_to_a_group(path: Path, mode: int, is_usable: bool) -> None:
    write_key_file(path)
    path.chmod(mode)
    if is_usable:
        KeyFile(path).read()
    else:
        with pytest.raises(BadSettings, match="open to others"):
            KeyFile(path).read()


@pytest.mark.parametrize("cut", range(1, 70, 3))
def test_one_that_is_cut_short_is_refused(path: Path, cut: int) -> None:
    write_key_file(path)
    path.write_bytes(path.read_bytes()[:-cut])
    # without its last line break it is still whole
    if cut > 1:
        with pytest.raises(BadSettings, match="not whole"):
            KeyFile(path).read()
    else:
        KeyFile(path).read()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"# a remark\n",
        b"\xff\xfe",
        b"homebeat-key-1\n",
        b"homebeat-key-1 00 AA==\n",
        b"homebeat-key-1 0011223344556677 " + b"A" * 43 + b"=\n",
        b"homebeat-key-1 zz not+base64\n",
        b"x" * 10_000,
    ],
)
def test_what_is_no_key_file_is_refused(path: Path, text: bytes) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    path.write_bytes(text)
    with pytest.raises(BadSettings, match="not whole, or is no key file of homebeat"):
        KeyFile(path).read()


def test_a_mistyped_letter_is_noticed(path: Path) -> None:
    write_key_file(path)
    *before, line = path.read_text(encoding="ascii").splitlines()
    form, name, secret = line.split()
    changed = ("B" if secret[0] == "A" else "A") + secret[1:]
    path.write_text("\n".join([*before, f"{form} {name} {changed}"]), encoding="ascii")
    with pytest.raises(BadSettings, match="not whole"):
        KeyFile(path).read()


def test_a_folder_in_its_place_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(BadSettings, match="cannot be read"):
        KeyFile(path).read()


def test_where_it_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match="cannot be made"):
        KeyFile(tmp_path / "file" / "homebeat.key").make()
