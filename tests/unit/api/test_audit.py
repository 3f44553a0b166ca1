"""The audit at the API: newest first, by who, what, about what and when."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.domain.role import Role
from tests.contract.store.audit_rows import add_rows, look
from tests.people import add_key
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import NOON, Street


@pytest.fixture
def auditor(street: Street, client: TestClient) -> TestClient:
    """Signed in as an auditor, with rows to look at."""
    add_rows(street.store, 7, at=NOON)
    look(street.store, "resident:r-0042", at=NOON + 90_000)
    add_key(street.store, "of-the-auditor", Role.AUDITOR)
    client.headers["Authorization"] = "Bearer of-the-auditor"
    return client


def ask(auditor: TestClient, **filters: str | int) -> list[dict[str, Any]]:
    answer = auditor.get("/api/v1/audit", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_entries_are_listed_newest_first_in_pages(auditor: TestClient) -> None:
    first = auditor.get("/api/v1/audit?limit=5").json()
    second = auditor.get(f"/api/v1/audit?limit=5&cursor={first['next_cursor']}").json()
    assert [item["id"] for item in first["items"] + second["items"]] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert second["next_cursor"] is None
    newest = first["items"][0]
    assert len(newest.pop("hash")) == 64
    assert newest == {
        "id": 8,
        "at": "2026-03-01T04:01:30Z",
        "actor": "user:lin",
        "role": "nurse",
        "action": "look",
        "about": "resident:r-0042",
        "detail": {"fields": "phone"},
    }


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"actor": "user:lin"}, [8, 7, 4, 1]),
        ({"action": "look"}, [8]),
        ({"about": "alert:a3"}, [4]),
        ({"about": "alert:a"}, []),
        ({"since": "2026-03-01T04:01:00Z", "until": "2026-03-01T12:03:00+08:00"}, [8, 3, 2]),
    ],
)
def test_entries_are_found(auditor: TestClient, filters: dict[str, str], ids: list[int]) -> None:
    assert [item["id"] for item in ask(auditor, **filters)] == ids


@pytest.mark.parametrize("query", ["since=yesterday", "since=7", "limit=0", "cursor=x", "about=" + "x" * 201])
def test_what_cannot_be_meant_is_refused(auditor: TestClient, query: str) -> None:
    assert auditor.get(f"/api/v1/audit?{query}").status_code == 422


def test_without_a_token_there_is_nothing(auditor: TestClient) -> None:
    assert auditor.get("/api/v1/audit", headers={"Authorization": ""}).status_code == 401


def test_a_row_that_somebody_made_unreadable_is_shown_with_the_others(auditor: TestClient, street: Street) -> None:
    with street.store.begin() as tx:
        tx.connection.exec_driver_sql("DROP TRIGGER audit_no_change")
        tx.connection.exec_driver_sql("UPDATE audit SET about = CAST(x'ff41' AS TEXT) WHERE id = 2")
        tx.connection.exec_driver_sql("""UPDATE audit SET detail = '{"a": "\\ud800"}' WHERE id = 3""")
        tx.connection.exec_driver_sql('UPDATE audit SET detail = \'{"a": NaN, "b": [1]}\' WHERE id = 4')
    found = {item["id"]: item for item in ask(auditor)}
    assert found[2]["about"] == "?A"
    assert found[3]["detail"] == {"a": "?"}
    assert found[4]["detail"] == {"a": "nan", "b": "[1]"}
    assert sorted(found) == list(range(1, 9))
