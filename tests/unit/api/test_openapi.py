"""The OpenAPI document is the contract: it changes only on purpose.

After a change that is meant, `python -m tests.unit.api.test_openapi` writes the golden file anew: read the difference
before you commit it.
"""

from __future__ import annotations

import json
import re
import tempfile

from homebeat.api import build_openapi, create_app
from homebeat.store import open_store
from tests.keys import KEY_FILE
from tests.unit.api.fixtures import TestClient, api_context
from tests.unit.api.golden_document import write_parts
from tests.unit.api.street import Clock, Street


def test_the_document_is_the_golden_one(client: TestClient) -> None:
    for path, text in write_parts(client.get("/openapi.json").json()).items():
        assert text == path.read_text(encoding="utf-8"), path.name


def test_every_route_says_how_it_fails_and_what_it_means(street: Street, clock: Clock) -> None:
    document = build_openapi(create_app(api_context(street.store, clock)))
    assert document["openapi"].startswith("3.")
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            assert route["summary"], (method, path)
            if path.startswith("/api/"):
                assert {"401", "422"} <= route["responses"].keys(), (method, path)
                assert route["security"], (method, path)
            for status, response in route["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)


def test_every_operation_has_a_short_name_of_its_own(street: Street, clock: Clock) -> None:
    document = build_openapi(create_app(api_context(street.store, clock)))
    names = {
        (part, path, method): route["operationId"]
        for part in ("paths", "webhooks")
        for path, methods in document[part].items()
        for method, route in methods.items()
    }
    assert len(set(names.values())) == len(names)
    assert [name for name in names.values() if not re.fullmatch(r"[a-z]+([A-Z][a-z]+){1,4}", name)] == []
    assert names["paths", "/api/v1/alerts", "get"] == "listAlerts"


def test_every_reference_leads_somewhere(street: Street, clock: Clock) -> None:
    document = build_openapi(create_app(api_context(street.store, clock)))
    text = json.dumps(document)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"], name
    assert "HTTPValidationError" not in text


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/empty.db", KEY_FILE)
        for path, text in write_parts(build_openapi(create_app(api_context(store, Clock())))).items():
            path.write_text(text, encoding="utf-8")
        store.close()


if __name__ == "__main__":
    main()
