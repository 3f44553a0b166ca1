"""The dashboard and the rules that are shipped name figures that the service really gives, with their labels."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from homebeat.api.metrics import Meters
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import NOON, Street

DEPLOY: Final = Path(__file__).parents[3] / "deploy"
RULES: Final = DEPLOY / "prometheus" / "homebeat.rules.yml"
RULE_TESTS: Final = RULES.with_name("homebeat.rules.test.yml")
#: Prometheus' own.
OF_PROMETHEUS: Final = {"up": {"job"}}
_NAME: Final = re.compile(r"\b(?:homebeat_\w+|up\b)")
_SELECTOR: Final = re.compile(r"\b(homebeat_\w+|up)\{([^}]*)\}")


def list_rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def list_queries() -> list[dict[str, Any]]:
    board = json.loads((DEPLOY / "grafana" / "homebeat.json").read_text(encoding="utf-8"))
    return [target for panel in board["panels"] for target in panel["targets"]]


EXPRESSIONS: Final = [rule["expr"] for rule in list_rules()] + [query["expr"] for query in list_queries()]


@pytest.fixture
def figures(client: TestClient, street: Street) -> dict[str, set[str]]:
    """Each figure of a service in which everything has happened once, with its labels."""
    street.sos(0)
    beat = {"taken water": 1, "blind_ms water": 3_000, "journal_waiting": 1, "journal_bytes": 2, "journal_damaged": 3}
    with street.store.begin() as tx:
        tx.heartbeats.beat("intake", NOON, beat)
        tx.heartbeats.beat("home_assistant", NOON, {"published": 2, "connected": True})
    meters: Meters = client.app.state.meters  # type: ignore[attr-defined]
    meters.count_refused("too_many")
    street.quarantine()
    client.get("/api/v1/alerts")
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found | OF_PROMETHEUS


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_figure_and_label_that_is_asked_for_is_there(expression: str, figures: dict[str, set[str]]) -> None:
    names = set(_NAME.findall(expression))
    assert names, "it asks for nothing"
    assert names <= figures.keys(), names - figures.keys()
    for name, chosen in _SELECTOR.findall(expression):
        assert set(re.findall(r"(\w+)\s*[=!]", chosen)) <= figures[name]
    for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {one.strip() for one in grouped.split(",")} <= set().union(*(figures[name] for name in names))


def test_what_is_shown_of_a_label_is_one_of_its_figure(figures: dict[str, set[str]]) -> None:
    shown = [(rule["expr"], text) for rule in list_rules() for text in rule["annotations"].values()]
    shown += [(query["expr"], query["legendFormat"]) for query in list_queries()]
    for expression, text in shown:
        labels = set().union(*(figures[name] for name in _NAME.findall(expression)))
        assert set(re.findall(r"{{\s*(?:\$labels\.)?(\w+)\s*}}", text)) <= labels, text


def test_every_figure_of_the_service_is_on_the_dashboard(figures: dict[str, set[str]]) -> None:
    """But those that only Prometheus' library gives besides."""
    asked = {name for query in list_queries() for name in _NAME.findall(query["expr"])}
    whole = {name for name in figures if not name.endswith(("_created", "_sum", "_count"))} - OF_PROMETHEUS.keys()
    assert whole == asked


def test_every_rule_says_what_is_wrong_and_is_tested() -> None:
    tested = {
        one["alertname"]
        for test in yaml.safe_load(RULE_TESTS.read_text(encoding="utf-8"))["tests"]
        for one in test["alert_rule_test"]
    }
    for rule in list_rules():
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["labels"]["severity"] in {"critical", "warning"}
    assert tested == {rule["alert"] for rule in list_rules()}


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    return found


@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", RULES.name), ("check", "config", "--syntax-only", "prometheus.yml"), ("test", "rules", RULE_TESTS.name)],
)
def test_prometheus_own_tool_says_that_they_are_good(promtool: str, arguments: tuple[str, ...]) -> None:
    done = subprocess.run([promtool, *arguments], cwd=RULES.parent, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
