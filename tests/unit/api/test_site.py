"""Which names are ours, and which pages may send something."""

from __future__ import annotations

import pytest

from homebeat.api import create_app
from homebeat.api.site import Site
from tests.unit.api.fixtures import BEARER, api_context, web
from tests.unit.api.street import Clock, Street

CARE = Site("https://care.example", "10.0.0.5", ("desk.internal", "HOMEBEAT"))


@pytest.mark.parametrize(
    "host",
    [
        "care.example", "CARE.example:443", "care.example.", "10.0.0.5:8080", "localhost", "localhost:8080", "127.0.0.1:8080",
        "[::1]:8080", "desk.internal", "homebeat:8080",
    ],
)  # fmt: skip
def test_our_names(host: str) -> None:
    assert CARE.has_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:8080", "care.example.evil.example", "evilcare.example", "10.0.0.6",
        "localhost@evil.example", "127.0.0.1.evil.example", "care.example/x", "care.example:port", "[::1", "a b",
    ],
)  # fmt: skip
def test_names_of_others(host: str) -> None:
    assert not CARE.has_host(host)


def test_where_every_address_is_listened_on_every_address_is_ours_and_no_name() -> None:
    site = Site(listens_on="0.0.0.0")
    assert site.has_host("10.1.2.3:8080")
    assert site.has_host("[2001:db8::7]:8080")
    assert not site.has_host("evil.example")


def test_our_pages() -> None:
    assert CARE.has_origin("https://care.example", "127.0.0.1:8080")  # a proxy may say another host
    assert CARE.has_origin("http://localhost:8080", "localhost:8080")
    for other in ("https://evil.example", "null", "", "http://localhost:8081", "https://care.example.evil.example"):
        assert not CARE.has_origin(other, "localhost:8080")


def test_another_name_is_misdirected_but_monitors_ask_under_any(street: Street, clock: Clock) -> None:
    with web(create_app(api_context(street.store, clock)), headers=BEARER) as browser:
        answer = browser.get("/api/v1/alerts", headers={"Host": "evil.example"})
        assert answer.status_code == 421
        assert answer.headers["content-type"] == "application/problem+json"
        assert "http.hosts" in answer.json()["detail"]
        assert "content-security-policy" in answer.headers
        for path in ("/livez", "/readyz"):
            assert browser.get(path, headers={"Host": "evil.example"}).status_code == 200


def test_https_is_kept_to_where_it_is_the_public_address(street: Street, clock: Clock) -> None:
    for url, said in (("https://testserver", "max-age=31536000"), ("http://testserver", None), ("", None)):
        site = Site(url, more=("testserver",))
        with web(create_app(api_context(street.store, clock, site=site))) as browser:
            assert browser.get("/livez").headers.get("strict-transport-security") == said


def test_a_page_of_another_site_changes_nothing(street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    with web(create_app(api_context(street.store, clock)), headers=BEARER) as browser:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = browser.post(f"/api/v1/alerts/{alert.id}/acknowledge", headers=headers)
            assert answer.status_code == 403
            assert browser.get("/api/v1/alerts", headers=headers).status_code == 200
    assert street.alert(alert.id).owner == ""


def test_nothing_is_told_to_a_collector_that_the_environment_names(
    street: Street, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    app = create_app(api_context(street.store, clock))
    assert not app._native_telemetry.enabled()
