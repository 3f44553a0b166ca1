"""`homebeat audit`: verify, list and export, from the command line."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from homebeat.bootstrap.audit_key import open_signer
from homebeat.cli import main
from homebeat.domain.durations import DAY_MS
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store, open_store
from homebeat.store.audit import verification
from homebeat.watch.audit_signer import AuditSigner
from homebeat.watch.checkpoint_file import CheckpointFile
from tests.contract.store.audit_rows import add_rows, cut, look, make_key
from tests.contract.store.conftest import T0
from tests.keys import KEY_FILE


@pytest.fixture(autouse=True)
def _key_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEBEAT_KEY_FILE", str(KEY_FILE))


@pytest.fixture
def home(sqlite_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory with a signed audit of 40 rows, and a file of checkpoints elsewhere."""
    state = tmp_path / "var"
    state.mkdir(mode=0o700)
    (state / "homebeat.db").touch(0o600)
    (state / "homebeat.db").write_bytes(sqlite_model.read_bytes())
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(state))
    with_store(state, lambda store: add_rows(store, 30))
    sign(state)
    with_store(state, lambda store: add_rows(store, 10, at=T0 + 3_600_000))
    sign(state)
    return state


def with_store(state: Path, act: object) -> None:
    store = open_store(f"sqlite:///{state / 'homebeat.db'}", KEY_FILE, create=False)
    act(store)  # type: ignore[operator]
    store.close()


def sign(state: Path) -> None:
    def turn(store: Store) -> None:
        sink = CheckpointFile(state.parent / "elsewhere.jsonl")
        AuditSigner(store, open_signer(state), clock=lambda: T0, steady=lambda: T0, sink=sink).turn()

    with_store(state, turn)


def tamper(state: Path, *statements: str) -> None:
    connection = sqlite3.connect(state / "homebeat.db")
    for statement in ("DROP TRIGGER audit_no_change", "DROP TRIGGER audit_no_loss", *statements):
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_all_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2 signed checkpoints agree, the last at row 40.",
        "0 rows are not signed yet.",
        "all well: 40 rows (1 to 40)",
    ]


def test_an_empty_audit_is_well(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOMEBEAT_DATABASE_URL", sqlite_url)
    assert main(["audit", "verify"]) == 0
    assert capsys.readouterr().out == "all well: 0 rows\n"


def test_what_is_wrong_is_told_row_by_row_up_to_twenty(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tamper(home, "UPDATE audit SET actor = 'user:else' WHERE id <= 25")
    assert main(["audit", "verify"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "WRONG: row 1 was changed: its contents do not give its hash."
    assert lines[20:] == [
        "... and 5 more.",
        "2 signed checkpoints agree, the last at row 40.",
        "0 rows are not signed yet.",
        "25 wrong in 40 rows (1 to 40)",
    ]


@pytest.mark.parametrize("edit", ["about = x'ff00'", "detail = x'7b7d'", "at = 'junk'", "hash = 1", "detail = '{'"])
def test_bytes_that_are_no_text_are_found_and_end_nothing(home: Path, capsys: pytest.CaptureFixture[str], edit: str) -> None:
    tamper(home, f"UPDATE audit SET {edit} WHERE id = 12", "UPDATE signed_checkpoint SET at = x'ff' WHERE number = 30")
    assert main(["audit", "verify"]) == 1
    out = capsys.readouterr().out
    assert "row 12 was changed" in out or "the hash of row 12 was changed" in out
    assert "a checkpoint in the database cannot be read" in out
    assert main(["audit", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 40
    assert main(["audit", "export", "--out", str(home / "out.jsonl")]) == 0
    assert main(["audit", "verify", "--file", str(home / "out.jsonl")]) == 1


def test_only_what_was_kept_elsewhere_shows_that_the_end_was_cut(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tamper(
        home,
        "DELETE FROM audit WHERE id > 35",
        "DELETE FROM signed_checkpoint WHERE number > 35",
        "UPDATE audit_head SET number = 35, hash = (SELECT hash FROM audit WHERE id = 35)",
    )
    assert main(["audit", "verify"]) == 0
    assert "5 rows are not signed yet" in capsys.readouterr().out
    assert main(["audit", "verify", "--checkpoints", str(home.parent / "elsewhere.jsonl")]) == 1
    assert "WRONG: rows 36 to 40 are missing at the end: row 40 was signed at 2026-01-01T00:00:00Z." in capsys.readouterr().out


def test_the_file_of_the_settings_is_compared_without_asking(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home.parent / "elsewhere.jsonl"
    monkeypatch.setenv("HOMEBEAT_AUDIT_CHECKPOINTS", str(file))
    assert main(["audit", "verify"]) == 0
    assert "4 signed checkpoints agree" in capsys.readouterr().out
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[1], "", lines[0], '{"number":1}', lines[0].replace('"number":30', '"number":29')]))
    assert main(["audit", "verify"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert "WRONG: line 4 of elsewhere.jsonl cannot be read: it is not as homebeat writes it." in out
    key_id = json.loads(lines[0])["key_id"]
    assert (
        f"WRONG: the checkpoint of row 29 in line 5 of elsewhere.jsonl is not signed by the key {key_id}, which it names." in out
    )
    assert "4 signed checkpoints agree, the last at row 40." in out, "a file that is not in order is read all the same"


def test_a_key_that_is_not_given_is_named(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signer = open_signer(home)
    make_key(tmp_path / "other")
    for file in ("audit.key", "audit.pub"):
        (home / file).rename(tmp_path / file)
    for keys in ([], ["--key", str(tmp_path / "other" / "audit.pub")]):
        assert main(["audit", "verify", *keys]) == 1
        out = capsys.readouterr().out
        assert f"WRONG: 2 signatures are by the key {signer.key_id}, which was not given: name its file with --key." in out
        assert "nothing shows whether rows were cut off at the end" in out
    other = ["--key", str(tmp_path / "other" / "audit.pub")]
    assert main(["audit", "verify", *other, "--key", str(tmp_path / "audit.pub")]) == 0


def test_files_that_cannot_be_used_say_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options in (
        ["--key", "nowhere"],
        ["--checkpoints", "nowhere"],
        ["--file", "nowhere"],
        ["--key", str(home / "homebeat.db")],
    ):
        assert main(["audit", "verify", *options]) == 2
        assert capsys.readouterr().err.startswith("homebeat: ")
    assert main(["audit", "export", "--out", str(home / "nowhere" / "x")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def check_export_is_on_record(store: Store) -> None:
    with store.read(EVERYTHING) as reader:
        newest = reader.audit.read_page(1).items[0]
    assert (newest.id, newest.action, newest.about, newest.detail) == (41, "look", "audit", {"fields": "export"})
    assert newest.actor.startswith("command:")


def test_an_export_is_verified_without_the_database(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, key = home.parent / "audit.jsonl", str(home / "audit.pub")
    assert main(["audit", "export", "--out", str(out)]) == 0
    assert out.stat().st_mode & 0o777 == 0o600
    with_store(home, check_export_is_on_record)
    (home / "homebeat.db").unlink()
    assert main(["audit", "verify", "--file", str(out), "--key", key]) == 0
    assert "all well: 40 rows (1 to 40)" in capsys.readouterr().out
    lines = out.read_text().splitlines(keepends=True)
    assert len(lines) == 1 + 40 + 2 + 1
    edits = {
        "row 7 was changed": [line.replace("alert:a6", "alert:a5") for line in lines],
        "row 7 is missing": [line for line in lines if '"id":7,' not in line],
        "line 8 of audit.jsonl cannot be read": [line.replace('"id":7,', '"id": 7,') for line in lines],
        "row 40 is missing at the end: row 40 was signed": [line for line in lines if '"id":40,' not in line],
        "rows 21 to 40 are missing at the end: the head of the chain is row 40": [*lines[:21], lines[-1]],
        "the head of the chain is missing": lines[:-1],
        "row 7 is there twice": [*lines[:8], lines[7], *lines[8:]],
        "line 1 of audit.jsonl cannot be read": lines[1:],
        "line 45 of audit.jsonl cannot be read": [*lines, lines[7]],
        "row 30 is missing at the end: row 30 was signed": [
            *lines[:30],
            lines[31],
            lines[-1].replace('"number":40', '"number":29'),
        ],
    }
    for says, edited in edits.items():
        out.write_text("".join(edited))
        assert main(["audit", "verify", "--file", str(out), "--key", key]) == 1
        assert says in capsys.readouterr().out


def test_an_export_of_a_chain_that_retention_has_cut_begins_later(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_store(home, lambda store: cut(store, open_signer(home), T0 + 40 * DAY_MS, limit=30))
    out = home.parent / "audit.jsonl"
    assert main(["audit", "verify"]) == 0
    assert main(["audit", "export", "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["audit", "verify", "--file", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Rows 1 to 30 were deleted for their age.",
        "2 signed checkpoints agree, the last at row 40.",
        "1 rows are not signed yet.",
        "all well: 11 rows (31 to 41)",
    ]
    lines = out.read_text().splitlines(keepends=True)
    out.write_text("".join([lines[0].replace("30", "31"), *lines[3:]]))
    assert main(["audit", "verify", "--file", str(out)]) == 1


def test_progress_is_told_now_and_then(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_PROGRESS_ROWS", 15)
    told: list[int] = []

    def check(store: Store) -> None:
        with store.read(EVERYTHING) as reader:
            verification.Verification(lambda *_: True, print, on_progress=told.append).check_database(reader.audit)

    with_store(home, check)
    assert told == [15, 30]


def test_entries_are_listed_newest_first(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_store(home, lambda store: look(store, "resident:r-0042", at=T0 + 7_200_000))
    assert main(["audit", "list", "--who", "lin", "--since", "2026-01-01T09:00+08:00", "--limit", "3"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "41  2026-01-01T02:00:00Z  user:lin (nurse)  look  resident:r-0042  fields=phone"
    assert [line.split()[0] for line in lines] == ["41", "40", "37"]
    assert "raise --limit" in said.err
    assert main(["audit", "list", "--about", "resident:r-0042", "--since", "P90000D", "--until", "2026-01-01T03:00Z"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main(["audit", "list", "--who", "engine", "--action", "look"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("bad", ["2026-01-01", "yesterday", "2026-01-01T08:00", "P1X", "7"])
def test_a_time_without_a_zone_is_refused(home: Path, capsys: pytest.CaptureFixture[str], bad: str) -> None:
    with pytest.raises(SystemExit):
        main(["audit", "list", "--since", bad])
    assert "write 2026-03-01T08:00+08:00" in capsys.readouterr().err


def test_anybody_can_verify_an_export_with_ten_lines_of_their_own(home: Path) -> None:
    """As docs/audit.md shows it."""
    out = home.parent / "audit.jsonl"
    assert main(["audit", "export", "--out", str(out)]) == 0
    page = (Path(__file__).parents[3] / "docs/audit.md").read_text(encoding="utf-8")
    script = page.partition("```python\n")[2].partition("```")[0]
    ran = subprocess.run([sys.executable, "-c", script, str(out)], capture_output=True, text=True, check=True)
    assert ran.stdout == "40 rows follow each other\n"
    out.write_text(out.read_text().replace("alert:a6", "alert:a5"))
    ran = subprocess.run([sys.executable, "-c", script, str(out)], capture_output=True, text=True, check=False)
    assert "row 7" in ran.stderr


def test_check_says_what_is_wrong_with_keys_and_places(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEBEAT_PUBLIC_URL", "https://care.example")
    assert main(["check"]) == 0
    assert "audit was" not in capsys.readouterr().out
    monkeypatch.setenv("HOMEBEAT_AUDIT_CHECKPOINTS", str(home / "nowhere" / "checkpoints.jsonl"))
    (home / "audit.key").rename(home / "away")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "WRONG: audit.checkpoints is" in out
    assert "note: the audit was last signed with the key" in out
    monkeypatch.delenv("HOMEBEAT_AUDIT_CHECKPOINTS")
    (home / "audit.key").write_text("junk")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "WRONG: the audit is not signed" in out
    (home / "audit.key").chmod(0o644)
    main(["check"])
    assert "audit.key is open to every user of this machine (mode 0644)" in capsys.readouterr().out
