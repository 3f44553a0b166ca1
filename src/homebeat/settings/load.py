"""Reads settings from environment and file, the environment first, and names every fault at once, each with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_origin

from pydantic import BaseModel, ValidationError

from homebeat.domain.errors import BadSettings
from homebeat.settings.holidays import HolidayYear
from homebeat.settings.intake import IntakeCloud
from homebeat.settings.model import PREFIX, InForce, Settings
from homebeat.settings.plan import RulePlan, read_areas, read_rules, suggest_name
from homebeat.settings.platforms import PlatformSettings
from homebeat.settings.response_plans import read_book
from homebeat.settings.toml_lines import find_lines

FILE_VARIABLE: Final = "HOMEBEAT_CONFIG"
#: Variables that bootstrap and tests read.
_NOT_SETTINGS: Final = frozenset(
    {FILE_VARIABLE, "HOMEBEAT_FAILPOINT", "HOMEBEAT_TOKEN", "HOMEBEAT_PAYLOADS", "HOMEBEAT_WATER_DATA"}
)
_LARGEST_FILE: Final = 1_000_000


def load(environ: Mapping[str, str], rules: Mapping[str, type[Any]], file: Path | None = None) -> InForce:
    """Load what is in force.

    Args:
        environ: The environment.
        rules: The rule catalogue: code to frozen dataclass of thresholds.
        file: The TOML file; without it the one that `HOMEBEAT_CONFIG` names, if any.

    Raises:
        BadSettings: One line for each fault, with key, source, and the nearest name where one is unknown.
    """
    if file is None and environ.get(FILE_VARIABLE):
        file = Path(environ[FILE_VARIABLE])
    tree, lines = _read(file) if file else ({}, {})
    faults: dict[str, None] = {}
    name = file.name if file else ""

    def complain(key: str, text: str) -> None:
        faults[f"{key} ({_name_source(key, name, lines, variables)}): {text}"] = None

    from_environ = _read_environ(environ)
    variables = dict(_list_variables(from_environ, PREFIX))
    by_area, responses = read_areas(tree.pop("areas", {}), rules, complain)
    plan = RulePlan(rules, read_rules(tree.pop("rules", {}), "rules", rules, complain), by_area)
    book = read_book(tree.pop("response", {}), responses, rules, complain)
    settings = Settings()
    try:
        settings = Settings(**_merge_trees(tree, from_environ))
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            complain(*_translate_fault(fault["loc"], fault["type"], fault["msg"]))
    if faults:
        raise BadSettings("these settings cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults))
    sources = {key: f"{name} line {line}" for key, line in lines.items()} | variables
    strangers = {v for v in environ if v.startswith(PREFIX)} - set(variables.values()) - _NOT_SETTINGS
    return InForce(settings, plan, sources, tuple(sorted(strangers)), file, book)


def _read(file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise BadSettings(f"{file}: larger than any settings file should be")
        text = file.read_text(encoding="utf-8")
        return tomllib.loads(text), find_lines(text)
    except OSError as error:
        raise BadSettings(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{file}: is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{file}: is not TOML: {error}") from None


def _read_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    """Read the environment into nested tables of texts.

    A cluster puts HOMEBEAT_PORT=tcp://... beside every service of that name: only names that are ours count.
    """
    ours = {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}
    tree: dict[str, Any] = {}
    for key in list_keys(Settings):
        if (value := ours.get(key.replace(".", "_"))) is not None:
            *tables, name = key.split(".")
            place = tree
            for table in tables:
                place = place.setdefault(table, {})
            place[name] = value
    return tree


def list_keys(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield the dotted keys of all single values of a model, but those of tables that people name themselves."""
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from list_keys(kind, f"{before}{name}.")
        elif get_origin(kind) is not dict:
            yield before + name


def _list_variables(tree: Mapping[str, Any], prefix: str, before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(value, dict):
            yield from _list_variables(value, f"{variable}_", f"{before}{name}.")
        else:
            yield before + name, variable


def _merge_trees(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two trees; where both have a value, the upper one wins."""
    merged = dict(lower)
    for name, value in upper.items():
        under = merged.get(name)
        merged[name] = _merge_trees(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return merged


def _translate_fault(place: tuple[int | str, ...], kind: str, text: str) -> tuple[str, str]:
    """Translate a fault of pydantic into (dotted key, text)."""
    names = [part for part in place if isinstance(part, str)]
    key = ".".join(names)
    if kind == "extra_forbidden":
        known = {path.rsplit(".", 1)[-1] for path in list_keys(Settings) if path.startswith(".".join([*names[:-1], ""]))}
        if names[0] == "platforms":
            known = set(PlatformSettings.model_fields)
        if names[:2] == ["intake", "clouds"]:
            known = set(IntakeCloud.model_fields)
        if names[0] == "holidays":
            known = set(HolidayYear.model_fields)
        if len(names) == 1:
            known = {*Settings.model_fields, "rules", "areas", "response"}
        return key, f"there is no such setting{suggest_name(names[-1], known)}"
    return key, text.removeprefix("Value error, ")


def _name_source(key: str, name: str, lines: Mapping[str, int], variables: Mapping[str, str]) -> str:
    """Name the variable that set a key, else its line in the file, else the line of the nearest table around it."""
    if key in variables:
        return variables[key]
    while key not in lines and "." in key:
        key = key.rpartition(".")[0]
    return f"{name} line {lines[key]}" if key in lines else name or "environment"
