"""A request that is sent again with the same key is done once and answered again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.domain.errors import Unavailable
from homebeat.store import Store
from tests.people import add_key
from tests.unit.api.fixtures import BEARER, TestClient, api_context, web
from tests.unit.api.street import HOUR, Clock, Street

KEY = {"Idempotency-Key": "5f0c-1"}


@pytest.fixture
def client(street: Street, clock: Clock) -> Iterator[TestClient]:
    """The API on a clock that goes on: the store takes two remarks of the same millisecond for one."""
    passed = itertools.count()
    with web(create_app(api_context(street.store, lambda: clock.now + next(passed))), headers=BEARER) as browser:
        yield browser


def notes_of(client: TestClient, alert_id: str) -> list[str]:
    return [step["note"] for step in client.get(f"/api/v1/alerts/{alert_id}").json()["history"] if step["note"]]


def test_the_first_answer_is_given_again(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    path = f"/api/v1/alerts/{alert.id}/note"
    first = client.post(path, json={"note": "rang twice"}, headers=KEY)
    client.post(path, json={"note": "in between"})
    again = client.post(path, json={"note": "rang twice"}, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert notes_of(client, alert.id) == ["rang twice", "in between"]
    assert client.post(path, json={"note": "rang twice"}).status_code == 200
    assert notes_of(client, alert.id).count("rang twice") == 2


def test_another_request_with_the_key_is_refused(client: TestClient, street: Street) -> None:
    one, two = street.sos(0), street.sos(1)
    assert client.post(f"/api/v1/alerts/{one.id}/note", json={"note": "a"}, headers=KEY).status_code == 200
    assert client.post(f"/api/v1/alerts/{one.id}/note", json={"note": "b"}, headers=KEY).status_code == 422
    assert client.post(f"/api/v1/alerts/{two.id}/note", json={"note": "a"}, headers=KEY).status_code == 422
    assert notes_of(client, one.id) == ["a"]
    assert notes_of(client, two.id) == []


def test_the_same_idempotency_key_of_another_caller_is_another_key(client: TestClient, street: Street, clock: Clock) -> None:
    add_key(street.store, "other", "desk", at=clock.now)
    path = f"/api/v1/alerts/{street.sos(0).id}/note"
    for headers in (KEY, KEY | {"Authorization": "Bearer other"}):
        assert client.post(path, json={"note": "a"}, headers=headers).headers.get("idempotency-replayed") is None


def test_a_key_is_forgotten_after_a_day(client: TestClient, street: Street, clock: Clock) -> None:
    path = f"/api/v1/alerts/{street.sos(0).id}/note"
    assert client.post(path, json={"note": "a"}, headers=KEY).status_code == 200
    clock.now += 24 * HOUR
    assert "idempotency-replayed" not in client.post(path, json={"note": "b"}, headers=KEY).headers


def test_what_was_refused_may_be_tried_again_with_its_key(client: TestClient, street: Street) -> None:
    path = f"/api/v1/alerts/{street.open('no_sign_of_life', 0).id}/resolve"
    assert client.post(path, json={"outcome": "fine", "version": 7}, headers=KEY).status_code == 409
    assert client.post(path, json={"outcome": "gone"}, headers=KEY).status_code == 422
    assert client.post(path, json={"outcome": "fine", "version": 1}, headers=KEY).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 201, "käse".encode("latin-1")])
def test_a_key_that_is_none_is_said(client: TestClient, street: Street, key: Any) -> None:
    alert = street.sos(0)
    answer = client.post(f"/api/v1/alerts/{alert.id}/note", json={"note": "a"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert notes_of(client, alert.id) == []


def test_the_same_request_many_times_at_once_is_done_once(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    path = f"/api/v1/alerts/{alert.id}/note"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(path, json={"note": "once"}, headers=KEY).status_code, range(16)))
    assert notes_of(client, alert.id) == ["once"]
    assert set(answers) <= {200, 409}
    assert 200 in answers


class LosesAnswers:
    """A store that is away when an answer is to be kept: as if the process had died between the act and its answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.begun = 0

    @contextmanager
    def begin(self, **more: Any) -> Any:
        self.begun += 1
        if self.begun == 4:  # that the key of the caller was used, the idempotency key, the act, the answer
            raise Unavailable("away")
        with self._store.begin(**more) as tx:
            yield tx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_an_act_whose_answer_was_lost_is_not_done_again(street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    store: Any = LosesAnswers(street.store)
    passed = itertools.count()
    with web(create_app(api_context(store, lambda: clock.now + next(passed))), headers=BEARER) as browser:
        path = f"/api/v1/alerts/{alert.id}/note"
        assert browser.post(path, json={"note": "once"}, headers=KEY).status_code == 200
        again = browser.post(path, json={"note": "once"}, headers=KEY)
        assert again.status_code == 409
        assert "look whether it was done" in again.json()["detail"]
        assert notes_of(browser, alert.id) == ["once"]
