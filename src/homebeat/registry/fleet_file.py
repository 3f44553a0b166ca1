"""Reads a fleet file into a `Fleet`, or refuses all of it and names every fault with its line and field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Area, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId
from homebeat.registry.contract_fields import check_standby, read_certificates, read_contract
from homebeat.registry.fields import Faults, Fields, suggest_name
from homebeat.registry.home_fields import (
    HOUSEHOLD,
    LANGUAGE,
    NOTHING_REFUSED,
    QUIET,
    HomeReader,
    accept_any,
    format_place,
    read_area,
    read_language,
    read_phone,
    read_quiet_hours,
)
from homebeat.registry.text import Place, find_lines, read_text

LARGEST_FILE: Final = 256_000_000
MOST_FAULTS_SHOWN: Final = 100
_RESPONDER: Final = (
    *("id", "name", "kind", "areas", "skills", "languages", "phone", "language", "channels", "account", "contract"),
    "certificates",
    *QUIET,
)


def read_fleet_file(
    path: Path,
    codecs: Collection[str] = (),
    refusal_of: Callable[[str], str] = accept_any,
    refused_kinds: Mapping[str, str] = NOTHING_REFUSED,
) -> Fleet:
    """Read a fleet file. `.json` is JSON, `.yaml` and `.yml` are YAML; for any other name the text decides.

    Args:
        path: The file.
        codecs: Names that a device may have as its `codec`; empty accepts any.
        refusal_of: Explains why an address can never be called from the place where the file will be used; empty when it can.
        refused_kinds: Kinds of channel that cannot be used there, and why.

    Raises:
        BadFleet: With every fault: `line 14: households[2].devices[0].kind: ...`.
    """
    text, is_json = _read_file(path)
    return read_fleet(text, codecs, refusal_of, refused_kinds, is_json=is_json)


def read_tree(path: Path) -> tuple[object, str, bool]:
    """Read a file of this form: its values as a tree, its text, and whether it is JSON.

    Raises:
        BadFleet: It cannot be read, or is no JSON or YAML.
    """
    text, is_json = _read_file(path)
    return read_text(text, is_json=is_json), text, is_json


def _read_file(path: Path) -> tuple[str, bool]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadFleet([f"{path.name}: larger than {LARGEST_FILE // 1_000_000} MB"])
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadFleet([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise BadFleet([f"line {error.object.count(10, 0, error.start) + 1}: not UTF-8 text"]) from None
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
    tree, faults = read_text(text, is_json=is_json), Faults()
    fleet = _Reader(faults, codecs, refusal_of, refused_kinds).read_fleet(tree)
    raise_faults(faults, text, is_json=is_json)
    return fleet


def raise_faults(faults: Faults, text: str, *, is_json: bool) -> None:
    """Refuse a file that has faults.

    Raises:
        BadFleet: With every fault and its line.
    """
    if faults.found:
        lines = find_lines(text, is_json=is_json)
        shown = [_format_fault(place, fault, lines) for place, fault in faults.found[:MOST_FAULTS_SHOWN]]
        rest = len(faults.found) - len(shown)
        raise BadFleet([*shown, f"and {rest} more"] if rest else shown)


def _format_fault(place: Place, fault: str, lines: dict[Place, int]) -> str:
    around = place
    while around and around not in lines:
        around = around[:-1]
    return f"line {lines.get(around, 1)}: {format_place(place)}: {fault}"


class _Reader(HomeReader):
    """Reads one file."""

    def read_fleet(self, tree: object) -> Fleet:
        top = Fields.read_table(tree, (), self.faults, ("areas", "households", "responders"))
        listed = [(fields, self.enter_area(fields)) for fields in top.read_list("areas", ("id", "name", "parent"), 1_000_000)]
        self.check_tree(listed)
        staff = [(fields, self.read_responder(fields)) for fields in top.read_list("responders", _RESPONDER, 1_000_000)]
        check_standby(staff, self.lines)
        homes = [self.read_household(fields) for fields in top.read_list("households", HOUSEHOLD, 10_000_000)]
        self.check_gateways()
        return Fleet(tuple(area for _, area in listed), tuple(homes), tuple(one for _, one in staff))

    def enter_area(self, fields: Fields) -> Area:
        area = read_area(fields)
        self.areas.enter(fields, area.id)
        return area

    def check_tree(self, listed: list[tuple[Fields, Area]]) -> None:
        """Check that parents exist and that no area is above itself."""
        above = {area.id: area.parent for _, area in listed}
        sound: set[str] = set()
        for fields, area in listed:
            if area.parent is not None and area.parent not in self.areas:
                fields.add_fault("parent", f"there is no area {area.parent!r}{suggest_name(area.parent, self.areas.list_ids())}")
            path: list[str] = []
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
