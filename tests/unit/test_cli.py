"""The command line itself."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from homebeat.cli import main
from homebeat.domain.principal import Grant
from homebeat.store import ApiKey, open_store


def test_it_says_which_version_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"homebeat {project['version']}\n"


def test_a_key_has_a_role_and_a_name_that_can_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("HOMEBEAT_PUBLIC_URL", "https://care.example")
    assert main(["db", "upgrade"]) == 0
    for role in ("god", "Desk", "<b>god</b>", "", "desk@", "@lane"):
        with pytest.raises(SystemExit):
            main(["key", "create", "eve", "--role", role])
        assert "use one of responder, desk, nurse, supervisor, manager, installer, admin" in capsys.readouterr().err
    for name in ("a\x1b[31mb", "a\u202eb", "a\nb", " ", ""):
        assert main(["key", "create", name, "--role", "desk"]) == 2
        assert "letters on one line" in capsys.readouterr().err
    assert main(["key", "create", "老人 1", "--role", "integrator"]) == 0
    assert capsys.readouterr().out.startswith("hb_")
    assert main(["check"]) == 0


def test_old_keys_with_an_odd_name_or_role_are_shown_safely_and_named_by_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("HOMEBEAT_PUBLIC_URL", "https://care.example")
    store = open_store(f"sqlite:///{tmp_path / 'homebeat.db'}", tmp_path / "homebeat.key")
    with store.begin() as tx:
        tx.keys.add(ApiKey("a", "eve\x1b[2K\u202e", "a" * 64, "user:wu", 0))
        tx.accounts.give("key:eve\x1b[2K\u202e", Grant("god"), "user:wu", 0)
        tx.keys.add(ApiKey("b", "old", "b" * 64, "user:wu", 0, revoked_at=1))
    store.close()
    assert main(["key", "list"]) == 0
    shown = capsys.readouterr().out
    assert "eve\\u001b[2K\\u202e" in shown
    assert "\x1b" not in shown
    assert main(["check"]) == 1
    wrong = [line for line in capsys.readouterr().out.splitlines() if line.startswith("WRONG: the key")]
    assert len(wrong) == 1
    assert "has no role that permits anything: god" in wrong[0]


def test_check_shows_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["check", "--help"])
    assert left.value.code == 0
    assert "examples:\n  homebeat check " in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("key", "list"),
        ("user", "create", "wu", "--role", "desk"),
        ("fleet", "import", "x.yaml"),
        ("quarantine", "retry"),
        ("check",),
    ],
    ids=" ".join,
)
def test_no_command_makes_a_database_by_the_way(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == (1 if words == ("check",) else 2)
    told = capsys.readouterr()
    assert f"there is no database at {tmp_path}/var/homebeat.db. Name yours with" in told.out + told.err
    assert list(tmp_path.iterdir()) == []


def test_door_labels_are_a_page_that_loads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("HOMEBEAT_PUBLIC_URL", "https://care.example")
    home = {
        "id": "h1",
        "area": "c1",
        "timezone": "Asia/Shanghai",
        "address": "Plum Lane 4",
        "residents": [{"id": "r1", "name": "Lin"}],
    }
    file, out = tmp_path / "street.json", tmp_path / "labels.html"
    file.write_text(json.dumps({"areas": [{"id": "c1", "name": "Plum"}], "households": [home]}), encoding="utf-8")
    assert main(["db", "upgrade"]) == 0
    assert main(["fleet", "import", str(file)]) == 0
    assert main(["fleet", "labels", "--area", "c1", "--out", str(out)]) == 0
    assert capsys.readouterr().out.endswith(f"1 labels: {out}\n")
    page = out.read_text(encoding="utf-8")
    assert out.stat().st_mode & 0o777 == 0o600
    assert "<svg" in page
    assert "@page" in page
    for never in ("Plum", "Lin", "href=", "src=", "<script"):
        assert never not in page
    assert main(["fleet", "labels", "--household", "h1", "--renew", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") != page
    for words in (["--area", "c9"], ["--household", "h9", "--renew"], ["--area", "c1", "--renew"]):
        assert main(["fleet", "labels", *words, "--out", str(out)]) == 2


@pytest.mark.parametrize(
    "words, said",
    [
        (("demo", "--homes", "59"), "59 homes are too few for what the demo shows; take at least 60 with --homes"),
        (("record", "nowhere/a.jsonl"), "nowhere/a.jsonl cannot be written: there is no directory nowhere"),
        (("record", "folder"), "folder cannot be written: it is a directory; name a file"),
        (("replay", "folder", "--fleet", "fleet.json"), "folder: Is a directory"),
        (("replay", "a.jsonl", "--fleet", "fleet.json"), "there is no file a.jsonl"),
        (
            ("replay", "a.jsonl", "--fleet", "fleet.json", "--out", "nowhere/a"),
            "nowhere/a cannot be written: there is no directory",
        ),
        (("fleet", "acl", "--broker", "nats", "--passwords", "folder"), "folder: cannot be read: Is a directory"),
        (("check", "--settings", "folder"), "folder: cannot be read: Is a directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done_is_one_line(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "fleet.json").write_text('{"areas": [], "households": []}')
    assert main([*words, *(["--fleet", "fleet.json"] if words[0] == "fleet" else [])]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"homebeat: {said}")
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_plans_are_listed_without_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plan", "list"]) == 0
    assert "both_at_once" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_the_database_in_use_is_said_where_nobody_named_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["db", "upgrade"]) == 0
    assert capsys.readouterr().out.startswith("the tables of sqlite:///var/homebeat.db are at revision ")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var" / "homebeat.db").stat().st_mode & 0o777 == 0o600
    assert main(["key", "list"]) == 0
    assert "using the database at its default place, sqlite:///var/homebeat.db" in capsys.readouterr().err


def test_an_import_says_who_is_new_who_is_retired_and_what_to_do_if_it_is_the_same_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "fleet.json"

    def take_in(**contact: str) -> tuple[str, str]:
        home = {"id": "h1", "area": "a", "timezone": "Asia/Shanghai", "contacts": [contact]}
        file.write_text(json.dumps({"areas": [{"id": "a", "name": "A"}], "households": [home]}))
        assert main(["fleet", "import", str(file)]) == 0
        told = capsys.readouterr()
        return told.out, told.err

    main(["db", "upgrade"])
    out, _ = take_in(name="Wei")
    own = re.search(r"contacts: 1 added: h1/(n-[0-9a-f]{12})\n", out)
    assert own is not None
    out, note = take_in(name="Wei Ming")
    assert "contacts: 1 added: h1/n-" in out
    assert f"contacts: 1 removed: h1/{own[1]}\n" in out
    assert (
        f"note: h1: 'Wei' is retired, and 'Wei Ming' is somebody new. If only the name changed, give the new entry `id: {own[1]}`"
        in note
    )
    out, note = take_in(name="Wei Ming", id=own[1])
    assert f"contacts: 1 added: h1/{own[1]}\n" in out
    assert "note: h1" not in note
    assert take_in(name="Wei Ming", id=own[1])[0] == "nothing to change\n"
