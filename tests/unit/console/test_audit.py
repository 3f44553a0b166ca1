"""The page of the audit: search, pages, verifying, and the whole as a file that verifies elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from homebeat.actions.look import Look, record_looks
from homebeat.bootstrap.audit_key import list_key_files, open_signer, read_keys
from homebeat.console.audit import check
from homebeat.console.audit import page as audit_page
from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.scope import EVERYTHING
from homebeat.store.audit.chain_check import AuditFault
from homebeat.store.audit.verification import Verification
from tests.contract.store.audit_rows import sign
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import HOUR, Clock, Street
from tests.unit.console.fixtures import console_app, csrf_of
from tests.unit.console.test_desk import CHINESE, ENGLISH, page

CHEN, LI = Actor(ActorKind.PERSON, "chen", "desk"), Actor(ActorKind.KEY, "li", "nurse")


@pytest.fixture
def auditor(guest: TestClient, street: Street) -> TestClient:
    add_account(street.store, "he", "auditor")
    assert sign_in(guest, street.store, "he").status_code == 303
    return guest


def look(street: Street, actor: Actor, *about: str, at: int | None = None) -> None:
    record_looks(street.store, actor, [Look(one, frozenset({"phone"})) for one in about], street.clock() if at is None else at)


def numbers(html: str) -> list[int]:
    return [
        int(found) for found in re.findall(r"<li><strong>[^<]+</strong> <span class=\"quiet-text\">[^<]+ · (\d+)</span>", html)
    ]


def send(client: TestClient, act: str) -> Any:
    return client.post(f"/console/audit/{act}", data={"csrf": csrf_of(client.get("/audit").text)}, headers=ENGLISH)


def tamper(street: Street, number: int, change: str = "actor = 'user:eve'") -> None:
    with street.store.begin() as tx:
        tx.connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_no_change")
        tx.connection.exec_driver_sql(f"UPDATE audit SET {change} WHERE id = {number}")


def test_who_did_what_newest_first_in_words(auditor: TestClient, street: Street) -> None:
    look(street, CHEN, "resident:r-0")
    html = page(auditor, "/audit")
    assert numbers(html) == [2, 1]
    look(street, LI, "resident:r-0")
    html = page(auditor, "/audit")
    assert '>li</a> <span class="quiet-text">key:li</span>' in html, "a key is told from an account of the same name"
    for text in ("Saw personal data", "Began a session", "1 Mar 2026 12:00:00 · 2", ">chen</a>", "Desk operator", ">telephone<"):
        assert text in html, text
    html = page(auditor, "/audit", **CHINESE)
    for text in ("审计记录", "查看了个人信息", "登录", ">电话<", "2026年3月1日 12:00:00"):
        assert text in html, text


@pytest.mark.parametrize(
    "query, found",
    [
        ("who=chen", [4, 2]),
        ("who=user:chen", [4, 2]),
        ("who=key:li", [3]),
        ("who=li", []),
        ("about=resident:r-1", [4, 3]),
        ("action=look", [4, 3, 2]),
        ("action=begin_session", [1]),
        ("since=2026-03-01T12:30", [4]),
        ("until=2026-03-01T12:30&action=look", [3, 2]),
        ("who=chen&about=resident:r-1", [4]),
    ],
)
def test_search(auditor: TestClient, street: Street, query: str, found: list[int]) -> None:
    look(street, CHEN, "resident:r-0")
    look(street, LI, "resident:r-1")
    look(street, CHEN, "resident:r-1", at=street.clock() + HOUR)
    assert numbers(page(auditor, f"/audit?{query}")) == found


@pytest.mark.parametrize("time", ["yesterday", "2026-02-30T08:00", "2026-03-01", "2026-03-01T08:00Z", "\u0662026-03-01T08:00"])
def test_a_time_that_cannot_be_read_is_said(auditor: TestClient, time: str) -> None:
    html = page(auditor, f"/audit?until={time}&who=chen")
    assert "This time cannot be read." in html
    assert numbers(html) == []
    assert f'value="{time}"' not in html, "a field for times cannot show it"
    assert 'name="who" maxlength="200" value="chen"' in html


def test_a_cursor_of_no_list_is_said(auditor: TestClient) -> None:
    answer = auditor.get("/audit?cursor=nonsense", headers=ENGLISH)
    assert (answer.status_code, "That request was not valid." in answer.text) == (422, True)


def test_pages_go_on_with_the_search(auditor: TestClient, street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_page, "_MOST", 2)
    look(street, CHEN, *(f"resident:r-{n}" for n in range(3)))
    html = page(auditor, "/audit?who=chen")
    more = re.search(r'<a href="(/audit\?[^"]+cursor=[^"]+)">Older', html)
    assert more is not None
    assert numbers(html) + numbers(page(auditor, more[1].replace("&amp;", "&"))) == [4, 3, 2]


def test_verifying_says_that_all_is_well_or_where_it_is_not(auditor: TestClient, street: Street) -> None:
    look(street, CHEN, *(f"resident:r-{n}" for n in range(4)))
    html = send(auditor, "verify").text
    assert "All well: the newest rows follow each other (5 checked)." in html
    assert "None of these rows is signed yet." in html
    tamper(street, 3)
    html = send(auditor, "verify").text
    assert "Something is wrong in the newest rows (5 checked)." in html
    assert re.findall(r"<li>(Rows? [^<]+)</li>", html) == ["Row 3: its contents do not give its hash"]
    assert "Repair nothing." in html


def test_only_the_newest_rows_are_verified_and_their_signatures(
    street: Street, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "NEWEST", 3)
    add_account(street.store, "he", "auditor")
    signer = open_signer(tmp_path)
    app = console_app(street, clock, open_audit_keys=lambda: read_keys(list_key_files(tmp_path)))
    with web(app, follow_redirects=False) as auditor:
        sign_in(auditor, street.store, "he")
        look(street, CHEN, *(f"resident:r-{n}" for n in range(6)))
        sign(street.store, signer, 6)
        html = send(auditor, "verify").text
        assert "(3 checked)" in html
        assert "Signed up to row 6." in html
        tamper(street, 2)
        assert "All well" in send(auditor, "verify").text, "that one is older"
        tamper(street, 5)
        assert "Row 5: its contents do not give its hash" in send(auditor, "verify").text


def test_without_the_key_the_page_says_so(auditor: TestClient, street: Street, tmp_path: Path) -> None:
    sign(street.store, open_signer(tmp_path), 1)
    html = send(auditor, "verify").text
    assert "All well" in html
    assert "Signatures were not checked: there is no key on this machine that can be read." in html


def test_a_key_that_cannot_be_read_is_said_and_the_rows_are_verified(
    street: Street, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_account(street.store, "he", "auditor")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "audit.key").write_text("no key", encoding="utf-8")
    app = console_app(street, clock, open_audit_keys=lambda: read_keys(list_key_files(tmp_path)))
    with web(app, follow_redirects=False) as auditor:
        sign_in(auditor, street.store, "he")
        sign(street.store, open_signer(tmp_path / "elsewhere"), 1)
        html = send(auditor, "verify").text
    assert "All well" in html
    assert "there is no key on this machine that can be read" in html
    assert "audit.key" in caplog.text


def test_what_is_no_text_any_more_hides_neither_the_page_nor_the_fault(auditor: TestClient, street: Street) -> None:
    look(street, CHEN, *(f"resident:r-{n}" for n in range(3)))
    tamper(street, 2, "about = CAST(x'ff41' AS TEXT), at = 9000000000000000000")
    tamper(street, 3, """detail = '{"fields": "\\ud800 \\u202e"}'""")
    tamper(street, 4, "detail = 'no JSON'")
    html = page(auditor, "/audit")
    assert numbers(html) == [4, 3, 2, 1]
    assert "\\ud800 \\u202e" in html
    assert "unreadable=no JSON" in html
    assert "Row 2: its contents do not give its hash" in send(auditor, "verify").text


def test_the_first_faults_are_shown_and_the_others_counted(auditor: TestClient, street: Street) -> None:
    look(street, CHEN, *(f"resident:r-{n}" for n in range(30)))
    for number in range(2, 27):
        tamper(street, number)
    html = send(auditor, "verify").text
    assert len(re.findall(r"<li>Row ", html)) == 20
    assert "<li>and 5 more</li>" in html


def test_two_who_verify_at_once_are_told_to_wait(street: Street, clock: Clock) -> None:
    add_account(street.store, "he", "auditor")
    answers: list[Any] = []
    clients: list[TestClient] = []

    def open_keys() -> Any:
        if not answers:  # while the first is at work
            answers.append(None)
            answers.append(send(clients[0], "verify"))
        return lambda *_signed: None

    with web(console_app(street, clock, open_audit_keys=open_keys), follow_redirects=False) as he:
        clients.append(he)
        sign_in(he, street.store, "he")
        assert "All well" in send(he, "verify").text
    assert answers[1].status_code == 503
    assert "Somebody else is doing the same just now." in answers[1].text


def test_nothing_of_a_resident_is_on_the_page_or_in_the_file(auditor: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    with web(console_app(street, clock), follow_redirects=False) as desk:
        sign_in(desk, street.store, "desk-1")
        card = desk.get(f"/?alert={alert.id}", headers=ENGLISH).text
        csrf = csrf_of(card)
        for act, form in (
            ("take", {"version": "1"}),
            ("note", {"note": "slipped in the kitchen"}),
            ("resolve", {"version": "3", "outcome": "helped", "note": "her son is with her"}),
        ):
            assert desk.post(f"/console/alerts/{alert.id}/{act}", data={"csrf": csrf, **form}).status_code in {200, 303}, act
    assert street.alert(alert.id).outcome is not None
    personal = [
        "Lin Yue",
        "Plum Lane",
        "kitchen",
        "her son",
        *re.findall(r'href="tel:([^"]{4,})"', card),
    ]  # 120 is in many a digest
    assert len(personal) > 4, "the card has telephone numbers"
    shown = page(auditor, "/audit") + page(auditor, f"/audit?about=alert:{alert.id}") + send(auditor, "export").text
    for text in ("Closed an alert", "Added a remark", "address · contacts · telephone", "resident:r-0"):
        assert text in shown, text
    assert [text for text in personal if text in shown] == []


def test_the_file_verifies_elsewhere_and_the_export_is_on_record(auditor: TestClient, street: Street, tmp_path: Path) -> None:
    look(street, CHEN, *(f"resident:r-{n}" for n in range(4)))
    signer = open_signer(tmp_path)
    for number in (2, 4):
        sign(street.store, signer, number)
    answer = send(auditor, "export")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    faults: list[AuditFault] = []
    verification = Verification(read_keys(list_key_files(tmp_path)), faults.append)
    summary = verification.check_export(answer.text.splitlines(), "audit.jsonl")
    assert (faults, summary.rows, summary.checkpoints, summary.signed_to) == ([], 6, 2, 4)
    with street.store.read(EVERYTHING) as reader:
        newest = reader.audit.read_page(1).items[0]
    assert (newest.actor, newest.action, newest.about, dict(newest.detail)) == ("user:he", "look", "audit", {"fields": "export"})


@pytest.mark.parametrize("role", ["auditor@lane", "admin", "supervisor", "desk"])
def test_it_takes_an_auditor_of_the_whole_installation(guest: TestClient, street: Street, role: str) -> None:
    add_account(street.store, "she", role)
    sign_in(guest, street.store, "she")
    assert guest.get("/audit").status_code == 403
    assert 'href="/audit"' not in guest.get("/people").text


def test_forged_forms_do_nothing(auditor: TestClient) -> None:
    for act in ("verify", "export"):
        assert auditor.post(f"/console/audit/{act}", data={"csrf": "forged"}).status_code == 403


def test_what_stands_in_the_audit_cannot_break_the_page(auditor: TestClient, street: Street) -> None:
    look(street, CHEN, '<script>alert("1")</script>')
    html = page(auditor, "/audit")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
