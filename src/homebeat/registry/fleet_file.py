"""Reads a fleet file into a `Fleet`, or refuses all of it and names every fault with its line and field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Area, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId
from homebeat.domain.text import tidy_name
from homebeat.registry.contract_fields import check_standby, read_certificates, read_contract
from homebeat.registry.csv_text import decode_text, read_rows
from homebeat.registry.device_fields import KIND_NAMES, LONGEST_MODEL, read_claims, read_every, read_litres
from homebeat.registry.device_models import MODEL, OF_MODEL
from homebeat.registry.fields import Faults, Fields, suggest_name
from homebeat.registry.home_fields import (
    HOUSEHOLD,
    LANGUAGE,
    NOTHING_REFUSED,
    QUIET,
    FieldRules,
    HomeReader,
    accept_any,
    format_place,
    read_area,
    read_language,
    read_phone,
    read_quiet_hours,
)
from homebeat.registry.sheet_tree import SheetRow, SheetTree
from homebeat.registry.text import Place, find_lines, read_text
from homebeat.wording import Language, Wording
from homebeat.wording.field_faults import explain_file_fault

LARGEST_FILE: Final = 256_000_000
MOST_FAULTS_SHOWN: Final = 100
#: What a fleet file may be, as a refusal names it.
TREE_FORMS: Final = "YAML (.yaml, .yml) and JSON (.json)"
FORMS: Final = "YAML (.yaml, .yml), JSON (.json) and tables (.csv; `homebeat fleet import` takes .xlsx, too)"
_TREES: Final = frozenset({".yaml", ".yml", ".json"})
TABLES: Final = frozenset({".csv", ".tsv"})
WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
#: Forms that offices have and that are refused by name, and how such files begin.
OTHER_FORMS: Final = frozenset({".xls", ".xlsb", ".ods", ".doc", ".docx", ".pdf", ".et"})
_OTHER_BEGINNINGS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
_RESPONDER: Final = (
    *("id", "name", "kind", "areas", "skills", "languages", "phone", "language", "channels", "account", "contract"),
    "certificates",
    *QUIET,
)


class Spot(NamedTuple):
    """Where something stands in a file.

    Attributes:
        line: From 1.
        name: Of its column, or of its place in the tree.
    """

    line: int
    name: str
    is_column: bool = False

    def __str__(self) -> str:
        return f"line {self.line}" + (", column " if self.is_column else ": ") + self.name if self.name else f"line {self.line}"


@dataclass(frozen=True, slots=True)
class FleetSource:
    """What a file says, and where it says it.

    Attributes:
        tree: Its values, as YAML would have them.
        faults: What is wrong with it already, each with where it stands.
        locate: Finds where something of the tree stands: its line, and what it is called there.
        show: Names a place for people, without having to look for its line.
    """

    tree: object
    locate: Callable[[Place], Spot]
    show: Callable[[Place], str] = format_place
    faults: Sequence[tuple[Spot, str]] = ()


def read_fleet_file(
    path: Path,
    codecs: Collection[str] = (),
    refusal_of: Callable[[str], str] = accept_any,
    refused_kinds: Mapping[str, str] = NOTHING_REFUSED,
    words: Wording | None = None,
) -> Fleet:
    """Read a fleet file: JSON, YAML or a table. For a name that says nothing of its form, the text decides between JSON and YAML.

    Args:
        path: The file.
        codecs: Names that a device may have as its `codec`; empty accepts any.
        refusal_of: Explains why an address can never be called from the place where the file will be used; empty when it can.
        refused_kinds: Kinds of channel that cannot be used there, and why.
        words: In which language faults are named; None for English.

    Raises:
        BadFleet: With every fault: `line 14: households[2].devices[0].kind: ...`.
    """
    return read_source(open_source(path), FieldRules(codecs, refusal_of, refused_kinds), words)


def open_source(path: Path, count: Callable[[], None] = lambda: None) -> FleetSource:
    """Read a file of any form that is taken into a tree; `count` is called after each row of a table.

    Raises:
        BadFleet: It cannot be read, or is of no form that is taken.
    """
    if path.suffix.lower() in TABLES:
        return make_table_source(read_rows(decode_text(_read_text_bytes(path))), count)
    return read_tree(path)


def make_table_source(rows: Iterable[SheetRow], count: Callable[[], None] = lambda: None) -> FleetSource:
    """Make a tree of the rows of a table; `count` is called after each.

    Raises:
        BadFleet: It has no headers that are known.
    """
    sheet = SheetTree(rows, count)
    faults = [(Spot(fault.line, fault.header, is_column=True), fault.text) for fault in sheet.faults]

    def locate(place: Place) -> Spot:
        return Spot(*sheet.locate(place), is_column=True)

    return FleetSource(sheet.tree, locate, lambda place: f"line {locate(place).line}", faults)


def read_source(source: FleetSource, rules: FieldRules, words: Wording | None = None) -> Fleet:
    """Read the fleet that a file holds; arguments as `read_fleet_file`.

    Raises:
        BadFleet: With every fault.
    """
    faults = Faults()
    fleet = FleetReader(faults, rules, source.show).read_fleet(source.tree)
    raise_faults(faults, source, words)
    return fleet


def list_tables(tree: object, name: str) -> list[Mapping[str, object]]:
    """List the tables of a list at the top of a tree, before anything of it is checked."""
    found = tree.get(name) if isinstance(tree, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def read_tree(path: Path, forms: str = FORMS) -> FleetSource:
    """Read a file of this form that is no table: JSON or YAML. `forms` names what is taken there, for a refusal.

    Raises:
        BadFleet: It cannot be read, or is no JSON or YAML.
    """
    raw = _read_text_bytes(path, forms)
    if path.suffix.lower() in _TREES:
        return _make_text_source(path, raw)
    try:
        source = _make_text_source(path, raw)
    except BadFleet as bad:
        raise _refuse_form(path, forms, bad.faults[0]) from None
    if not isinstance(source.tree, dict):
        raise _refuse_form(path, forms, "it has no fields")
    return source


def _make_text_source(path: Path, raw: bytes) -> FleetSource:
    text, is_json = _decode_text(path, raw)
    return _make_source(text, is_json=is_json)


def _refuse_form(path: Path, forms: str, why: str) -> BadFleet:
    """Refuse a file whose name says no form that is taken, and whose text is of none."""
    return BadFleet(
        [f"{path.name}: is of no form that is taken; taken are {forms}. Save it as one of them, with that ending ({why})"]
    )


def _make_source(text: str, *, is_json: bool) -> FleetSource:
    @cache
    def find_all_lines() -> dict[Place, int]:
        return find_lines(text, is_json=is_json)

    def locate(place: Place) -> Spot:
        lines, around = find_all_lines(), place
        while around and around not in lines:
            around = around[:-1]
        return Spot(lines.get(around, 1), format_place(place))

    return FleetSource(read_text(text, is_json=is_json), locate)


def read_bytes(path: Path) -> bytes:
    """Read a file of any form.

    Raises:
        BadFleet: It cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadFleet([f"{path.name}: larger than {LARGEST_FILE // 1_000_000} MB"])
        return path.read_bytes()
    except OSError as error:
        raise BadFleet([f"{path}: cannot be read: {error.strerror}"]) from None


def _read_text_bytes(path: Path, forms: str = FORMS) -> bytes:
    raw = read_bytes(path)
    if path.suffix.lower() in OTHER_FORMS | WORKBOOKS or raw.startswith(_OTHER_BEGINNINGS):
        raise BadFleet([f"{path.name}: is of a form that is not taken; taken are {forms}. Save it as one of them"])
    return raw


def _decode_text(path: Path, raw: bytes) -> tuple[str, bool]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFleet([f"line {line}: not UTF-8 text; taken are {FORMS}"]) from None
    is_json = path.suffix == ".json" or (path.suffix not in {".yaml", ".yml"} and text.lstrip()[:1] in {"{", "["})
    return text, is_json


def read_fleet(
    text: str,
    codecs: Collection[str] = (),
    refusal_of: Callable[[str], str] = accept_any,
    refused_kinds: Mapping[str, str] = NOTHING_REFUSED,
    *,
    is_json: bool,
) -> Fleet:
    """Read the text of a fleet file; arguments as `read_fleet_file`.

    Raises:
        BadFleet: With every fault.
    """
    return read_source(_make_source(text, is_json=is_json), FieldRules(codecs, refusal_of, refused_kinds))


def raise_faults(faults: Faults, source: FleetSource, words: Wording | None = None) -> None:
    """Refuse a file that has faults.

    Raises:
        BadFleet: With every fault and where it stands.
    """
    if not faults.found and not source.faults:
        return
    cells = {spot for spot, _ in source.faults}
    # a cell that cannot be read is left out of the tree: that it is missing there is no second fault
    located = [*source.faults, *((spot, text) for place, text in faults.found if (spot := source.locate(place)) not in cells)]
    if source.faults:
        located.sort(key=lambda one: one[0].line)
    shown = [_format_fault(spot, text, words) for spot, text in located[:MOST_FAULTS_SHOWN]]
    rest = len(located) - len(shown)
    raise BadFleet([*shown, f"and {rest} more"] if rest else shown)


def _format_fault(spot: Spot, text: str, words: Wording | None) -> str:
    if words is None or words.language is Language.ENGLISH:
        return f"{spot}: {text}"
    return explain_file_fault(spot.line, spot.name, text, words, is_column=spot.is_column)


class FleetReader(HomeReader):
    """Reads one file."""

    def read_fleet(self, tree: object) -> Fleet:
        """Read everything."""
        top = Fields.read_table(tree, (), self.faults, ("areas", "models", "households", "responders"))
        listed = [(fields, self.enter_area(fields)) for fields in top.read_list("areas", ("id", "name", "parent"), 1_000_000)]
        self.check_tree(listed)
        staff = [(fields, self.read_responder(fields)) for fields in top.read_list("responders", _RESPONDER, 1_000_000)]
        check_standby(staff, self.lines)
        for fields in top.read_list("models", MODEL, 10_000):
            self.enter_model(fields)
        homes = [self.read_household(fields) for fields in top.read_list("households", HOUSEHOLD, 10_000_000)]
        self.check_gateways()
        return Fleet(tuple(area for _, area in listed), tuple(homes), tuple(one for _, one in staff))

    def enter_model(self, fields: Fields) -> None:
        """Read one device model, and note it: its faults are said here, and not again at each device."""
        before = len(self.faults.found)
        name = tidy_name(fields.read_required("name", LONGEST_MODEL))
        self.model_names.enter(fields, name.casefold(), "name", name)
        self.read_codec(fields)
        if fields.has("kind"):
            fields.read_choice("kind", KIND_NAMES)
        read_every(fields, timedelta(hours=1))
        for litres in ("resolution_litres", "litres_per_pulse"):
            read_litres(fields, litres)
        list(read_claims(fields))
        wrong = {place[2] for place, _ in self.faults.found[before:]}
        self.models.add(name, {field: fields.table[field] for field in OF_MODEL if fields.has(field) and field not in wrong})

    def enter_area(self, fields: Fields) -> Area:
        """Read one area, and note its id."""
        area = read_area(fields)
        self.areas.enter(fields, area.id)
        return area

    def check_tree(self, listed: list[tuple[Fields, Area]]) -> None:
        """Check that parents exist and that no area is above itself."""
        above = {area: line[1] if len(line) > 1 else None for area, line in self.lines.items()}
        above |= {area.id: area.parent for _, area in listed}
        sound: set[str] = set()
        for fields, area in listed:
            if area.parent is not None and area.parent not in self.areas:
                fields.add_fault("parent", f"there is no area {area.parent!r}{suggest_name(area.parent, self.areas.list_ids())}")
            path: list[AreaId] = []
            step: AreaId | None = area.id
            while step is not None and step not in sound and step not in path:
                path.append(step)
                step = above.get(step)
            if step is not None and step in path:
                fields.add_fault("parent", f"goes in a circle: {' > '.join([*path[path.index(step) :], step])}")
            else:
                above_path = self.lines.get(step or "", ())
                self.lines |= {each: (*path[at:], *above_path) for at, each in enumerate(path)}
            sound.update(path)

    def read_responder(self, fields: Fields) -> Responder:
        """Read one responder."""
        ident = fields.read_id()
        self.responders.enter(fields, ident)
        account = fields.read_text("account", 64)
        self.accounts.enter(fields, account, "account", advice=": an account is one person's")
        areas = tuple(AreaId(area) for area in self.read_known(fields, "areas", self.areas, "area"))
        self.answers_in[ident] = areas
        skills = tuple(text for _, text in fields.read_texts("skills", 60, 50))
        kind = ResponderKind(fields.read_choice("kind", [kind.value for kind in ResponderKind]) or ResponderKind.DESK)
        return Responder(
            ResponderId(ident),
            fields.read_required("name", 100),
            kind,
            areas,
            skills,
            tuple(
                text for _, text in fields.read_texts("languages", 35, 20, LANGUAGE, "is not a language tag; write zh-CN or en")
            ),
            self.read_channels(fields),
            read_phone(fields),
            read_language(fields),
            account,
            read_contract(fields, kind),
            read_certificates(fields, skills),
            read_quiet_hours(fields),
        )
