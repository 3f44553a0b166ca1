"""Examples are tried, and reference tables are complete."""

from __future__ import annotations

import argparse
import ast
import configparser
import re
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel

from homebeat import cli
from homebeat.codecs.catalogue import CODECS
from homebeat.codecs.wire import Limits
from homebeat.domain.contract import Contract
from homebeat.domain.fleet import REPORTS_EVERY, DeviceKind
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, METER_STATUSES, PLAUSIBLE
from homebeat.ingest.recording import Recording
from homebeat.registry.fleet_file import read_fleet
from homebeat.rules.catalogue import RULES
from homebeat.settings import load
from homebeat.settings.explain import explain
from homebeat.settings.model import Settings
from simulators.demo import make_demo_script
from tests.docs import roles_page
from tests.docs.pages import DOCS, ROOT, blocks, first_cells, pages
from tests.unit.api.golden_document import read_golden

ARRIVAL = 1_772_356_000_000  # 2026-03-01, shortly after the times of the examples
OPENAPI = read_golden()


@pytest.mark.parametrize("page", ["fleet.md", "zh-CN/fleet.md"])
def test_the_fleet_file_is_taken_and_shows_every_field(page: str) -> None:
    (text,) = blocks(DOCS / page, "yaml")
    fleet = read_fleet(text, CODECS, is_json=False)
    (home,) = fleet.households
    assert fleet.areas[1].parent == fleet.areas[0].id
    assert all(getattr(home, field.name) for field in fields(home))
    (responder,) = fleet.responders
    elsewhere = {"contract", "certificates"}  # on a page of their own
    assert all(getattr(responder, field.name) for field in fields(responder) if field.name not in elsewhere)
    taught = {"disregarded"}  # by outcomes, not by the file
    assert all(getattr(home.residents[0], field.name) for field in fields(home.residents[0]) if field.name not in taught)
    assert {device.kind for device in home.devices} == {DeviceKind.WATER_METER, DeviceKind.WRISTBAND}


def test_the_contract_on_the_page_of_providers_shows_every_field_with_what_holds_without_it() -> None:
    text, held = blocks(DOCS / "providers.md", "yaml")
    wang = "responders:\n  - id: wang\n    name: Wang\n    kind: volunteer\n"
    (certificate,) = read_fleet(wang + held, CODECS, is_json=False).responders[0].certificates
    assert certificate.skills == ("first aid",)
    relief = "  - {id: relief-co, name: Relief, kind: provider}\n"
    fleet = read_fleet("areas: [{id: heron-street, name: Heron Street}]\n" + text + relief, CODECS, is_json=False)
    contract, usual = fleet.responders[0].contract, Contract()
    assert contract is not None
    of_days = {"standby", "first_day", "last_day", "zone"}
    for field in fields(contract):
        assert (getattr(contract, field.name) == getattr(usual, field.name)) == (field.name not in of_days), field.name


@pytest.mark.parametrize("name", ["fleet.md", "zh-CN/fleet.md"])
def test_the_fleet_page_names_every_field_and_kind(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    named = {word.rpartition(".")[2] for word in first_cells(DOCS / name)}
    (text,) = blocks(DOCS / name, "yaml")
    shown = set(re.findall(r"(\w+):(?:\s|$)", text)) - {
        "areas",
        "households",
        "residents",
        "contacts",
        "channels",
        "devices",
        "away",
        "responders",
    }
    assert named >= shown | {"parent", "secret", "resolution_litres", "reports_every"}
    assert all(f"`{kind}`" in page for kind in REPORTS_EVERY)


@pytest.mark.parametrize("text", blocks(DOCS / "readings.md", "json"))
def test_what_a_device_sends_can_be_read(text: str) -> None:
    readings = CODECS["native"](text.encode(), ARRIVAL, Limits())
    assert readings.metric
    assert not readings.faults
    assert not readings.extras


def test_the_page_of_readings_is_complete() -> None:
    page = (DOCS / "readings.md").read_text(encoding="utf-8")
    assert first_cells(DOCS / "readings.md") >= {metric.wire_name for metric in PLAUSIBLE} | set(QuarantineReason) | {"alarm"}
    assert all(f"`{word}`" in page for word in [*ALARMS, *METER_STATUSES])
    spans = [
        load({}, RULES).settings.limits.future,
        load({}, RULES).settings.limits.behind,
        load({}, RULES).settings.limits.backfill,
    ]
    assert [span.total_seconds() for span in spans] == [5 * 60, 48 * 3600, 35 * 86400], "the page names these spans"


def test_the_recording_can_be_read(tmp_path: Path) -> None:
    line = blocks(DOCS / "recordings.md", "json")[0]
    file = tmp_path / "one.jsonl"
    file.write_text(line, encoding="utf-8")
    recording = Recording(file)
    ((message,),) = list(recording.read_blocks())
    assert not recording.bad_count
    assert not CODECS["native"](message.payload, message.received_at, Limits()).faults


@pytest.mark.parametrize("page", ["settings.md", "street-office.md", "events.md", "zh-CN/events.md", "zh-CN/office.md"])
def test_settings_files_can_be_loaded(page: str, tmp_path: Path) -> None:
    (text,) = blocks(DOCS / page, "toml")
    file = tmp_path / "homebeat.toml"
    file.write_text(text, encoding="utf-8")
    force = load({}, RULES, file)
    assert force.settings.public_url == "https://care.example"
    assert {line.source for line in explain(force)} > {"default"}


def test_every_setting_is_on_the_page() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"`{name}`" in page
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            row = next(row for row in page.splitlines() if row.startswith(f"| `{name}` |"))
            assert all(f"`{key}`" in row for key in field.annotation.model_fields), name


def test_the_page_of_the_api_names_every_address() -> None:
    named = {word.partition(" ")[2] for word in first_cells(DOCS / "api.md") if "/" in word}
    assert named == set(OPENAPI["paths"])


def test_every_command_that_a_page_names_exists() -> None:
    known = commands(cli._make_parser())
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for first, second in re.findall(
            r"(?:^|[`/ ])homebeat (?!homebeat)([a-z]+)(?: ([a-z]+))?", "\n".join([*spans(text), *blocks(page, "")]), re.MULTILINE
        ):
            assert first in known, f"{page.name}: homebeat {first}"
            assert not known[first] or second in known[first], f"{page.name}: homebeat {first} {second}"


def test_every_command_that_a_message_names_exists() -> None:
    known, named = commands(cli._make_parser()), 0
    for file in sorted((ROOT / "src" / "homebeat").rglob("*.py")):
        if file.name == "cli.py":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        comments = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
        said = [one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and id(one) not in comments]
        for text in (one for one in said if isinstance(one, str)):
            for first, second in re.findall(
                r"(?:^ *|[`:] ?)homebeat (?!itself)([a-z]+)(?: ([a-z]+))?(?= [A-Z-]|`|$)", text, re.MULTILINE
            ):
                named += 1
                assert first in known, f"{file}: homebeat {first}"
                assert not known[first] or second in known[first], f"{file}: homebeat {first} {second}"
    assert named > 40, named


def spans(text: str) -> list[str]:
    return re.findall(r"`(homebeat [^`\n]+)`", text)


def commands(parser: argparse.ArgumentParser) -> dict[str, set[str]]:
    """The parser's commands, each with its actions."""
    return {
        name: {action for choice in choices(command) for action in choice}
        for group in choices(parser)
        for name, command in group.items()
    }


def choices(parser: argparse.ArgumentParser) -> list[dict[str, argparse.ArgumentParser]]:
    return [dict(action.choices) for action in parser._actions if isinstance(action, argparse._SubParsersAction)]


def test_the_areas_of_examples_are_those_of_the_demo() -> None:
    known = {area["id"] for area in make_demo_script(ARRIVAL).make_fleet()["areas"]}
    texts = [page.read_text(encoding="utf-8") for page in pages()] + [cli._make_parser().format_help()]
    named = {area for text in texts for area in re.findall(r'--area (\w+)|"area": "(\w+)"', text) for area in area if area}
    assert named
    assert named <= known | {"ID"}


@pytest.mark.parametrize("language", roles_page.PAGES)
def test_the_pages_of_roles_are_those_of_the_table(language: str) -> None:
    assert roles_page.PAGES[language].read_text(encoding="utf-8") == roles_page.page(language)


@pytest.mark.parametrize(("guide", "page"), [("street-office.md", "fleet.md"), ("zh-CN/office.md", "zh-CN/fleet.md")])
def test_who_follows_the_street_office_with_the_fleet_file_of_its_page_gets_through(
    guide: str, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(tmp_path))
    (fleet,) = blocks(DOCS / page, "yaml")
    (tmp_path / "street.yaml").write_text(fleet, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    text = (DOCS / guide).read_text(encoding="utf-8")
    named = re.findall(r"^homebeat ((?:db upgrade|fleet import|user create)[^#\n]*)", text, re.MULTILINE)
    named += re.findall(r"`homebeat (user create [^`]+)`", text)
    ours = dict.fromkeys(one.strip() for one in named)
    assert {" ".join(one.split()[:3]) for one in ours} >= {"fleet import street.yaml", "user create liu", "user create wang"}
    for words in ours:
        assert cli.main(words.split()) == 0, words


def test_the_unit_of_the_street_office_starts_a_command_that_exists() -> None:
    (text,) = blocks(DOCS / "street-office.md", "ini")
    unit = configparser.ConfigParser()
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text)
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    assert unit["Service"]["User"] == "homebeat"
    program, command = unit["Service"]["ExecStart"].split()
    assert program.endswith("/.venv/bin/homebeat")
    assert command in commands(cli._make_parser())


def test_the_figures_of_the_runbook_exist() -> None:
    source = (ROOT / "src" / "homebeat" / "api" / "metrics.py").read_text(encoding="utf-8")
    named = {word.partition("{")[0] for word in first_cells(DOCS / "runbook.md") if word.startswith("homebeat_")}
    assert len(named) > 5
    assert all(f'"{name}"' in source for name in named)


def test_the_runbook_has_a_line_for_each_alert_about_ourselves() -> None:
    ours = {code for code, rule in RULES.items() if rule.desk == "devices"} | {"unknown_too_long", "delivery_failed"}
    assert first_cells(DOCS / "runbook.md") >= ours
