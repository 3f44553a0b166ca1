"""Changes of rules over HTTP: the same acts as on the page."""

from __future__ import annotations

from tests.people import add_key
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import NOON, Street

PATH = "/api/v1/settings/changes"


def test_a_key_changes_a_small_area_and_decides_nothing(client: TestClient, street: Street) -> None:
    add_key(street.store, "of-the-town", "supervisor", area="town", at=NOON)
    as_key = {"Authorization": "Bearer of-the-town"}

    def send(path: str, **body: object) -> tuple[int, dict[str, object]]:
        answer = client.post(PATH + path, json=body, headers=as_key)
        return answer.status_code, answer.json()

    status, made = send("", area="lane", rule="device_silent", after={"reports": 5, "enabled": True}, newest=0, reason="winter")
    assert (status, made["state"], made["after"], made["before"]) == (201, "in_force", {"reports": 5, "enabled": True}, None)
    assert send("", area="lane", rule="device_silent", after={"reports": 6}, newest=0)[0] == 409
    for after in ({"reports": 5.5}, {"reports": -1}, {"report": 5}):
        status, fault = send("", area="lane", rule="device_silent", after=after, newest=made["id"])
        assert (status, "report" in str(fault["detail"])) == (422, True)
    assert send("", area="lane", rule="gas", after={"enabled": False}, newest=0)[0] == 422
    assert send("", area=None, rule="no_water", after={"enabled": True}, newest=0)[0] == 403
    assert send("", area="moon", rule="no_water", after={"enabled": True}, newest=0)[0] == 404
    status, undone = send(f"/{made['id']}/undo")
    assert (status, undone["after"]) == (200, None)
    assert send(f"/{undone['id']}/decide", accepts=True)[0] == 409, "it does not wait"
    listed = client.get(PATH, headers=as_key, params={"limit": 1}).json()
    assert ([one["id"] for one in listed["items"]], bool(listed["next_cursor"])) == ([undone["id"]], True)
