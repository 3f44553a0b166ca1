"""The registry as the loop uses it: rows, numbers, codecs, and the rules of each area."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from homebeat.codecs.envelope import Format
from homebeat.codecs.wire import Limits
from homebeat.domain.durations import MS
from homebeat.domain.field_map import FieldMap
from homebeat.domain.fleet import Area, Fleet, find_area_path, find_parents
from homebeat.domain.ids import AreaId
from homebeat.domain.inbound import Message
from homebeat.domain.setting_change import SettingChange
from homebeat.engine.engine import Pace
from homebeat.engine.rulebook import RuleBook, RuleSet
from homebeat.ingest.formats import Formats
from homebeat.ingest.reading import Intake, read
from homebeat.ingest.traits import NO_TRAITS, Traits, make_traits
from homebeat.settings.model import Settings
from homebeat.settings.plan import RulePlan
from homebeat.store import ReadSession
from homebeat.stream.batch import I32, U8
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster


@dataclass(frozen=True, slots=True)
class RegistryRead:
    """What is read at once, in one state of the database.

    Attributes:
        revision: Of the registry.
        maps: Of fields.
        changes: What is in force of the console, at `settings_revision`.
    """

    registry: Registry
    revision: int
    maps: Sequence[FieldMap]
    changes: Sequence[SettingChange]
    settings_revision: int


def read_enrolled(reader: ReadSession) -> RegistryRead:
    """Read the registry, the maps of fields, and what is in force of the console."""
    fleet, changes = reader.fleet, reader.setting_changes
    of_console = (changes.list_in_force(), changes.read_revision())
    return RegistryRead(fleet.read_registry(), fleet.read_revision(), reader.field_maps.list_all(), *of_console)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the loop needs of the registry, at one revision.

    Attributes:
        settings_revision: Of what is in force of the console, by which the rules are compiled.
        areas: The areas of the registry.
        numbers: The store's number of each device, by roster row, int32[devices]; -1 for one that is retired.
        rows: Roster row by device id, of devices that are enrolled now.
        codecs: Codec name by device id, where the fleet names one.
        meter_of: Meter row of each device, by roster row, int32[devices]; -1 for none.
        formats: What reads messages that name their devices themselves: those of the maps of fields, too.
        topics: What has to be subscribed to for these formats, beside the topics of the settings.
        withdrawn: Purposes to which consent was withdrawn, by roster row, uint8[devices], as `PURPOSE_BITS`.
        traits: What else reading needs of devices.
    """

    revision: int
    rows: Mapping[str, int]
    numbers: I32
    codecs: Mapping[str, str]
    meter_of: I32
    withdrawn: U8
    formats: Sequence[Format] = ()
    settings_revision: int = 0
    areas: tuple[Area, ...] = ()
    topics: tuple[str, ...] = ()
    traits: Traits = NO_TRAITS

    @classmethod
    def make(cls, read: RegistryRead, roster: Roster, formats: Formats) -> Enrolment:
        """Make it from what was read of the registry; `roster` is that of the registry."""
        registry = read.registry
        numbers = np.full(len(roster.device_ids), -1, np.int32)
        rows = [roster.device_row[device] for device in registry.devices]
        numbers[rows] = registry.device_no
        codecs = frozenset(registry.codecs.values())
        all_formats = formats.list_all(read.maps, codecs)
        topics = formats.list_topics(all_formats, codecs)
        devices = (roster.device_row, numbers, registry.codecs, roster.device_meter, roster.device_withdrawn)
        traits = make_traits(registry, roster)
        return cls(read.revision, *devices, all_formats, read.settings_revision, registry.areas, topics, traits)

    def read(self, messages: Sequence[Message], limits: Limits) -> Intake:
        """Read messages of the devices that are enrolled, without what nobody agreed to."""
        return read(messages, self.rows, self.codecs, limits, self.meter_of, self.formats, self.withdrawn, self.traits)


def compile_rulebook(plan: RulePlan, fleet: Fleet) -> RuleBook:
    """Compile the rule plan for the areas of a fleet: areas with the same thresholds share a variant."""
    parents = find_parents(fleet)
    variants: list[RuleSet] = [_resolve_rules(plan, ())]
    #: By the areas on the path to it that have rules of their own.
    variant: dict[tuple[AreaId, ...], int] = {(): 0}
    variant_of: dict[AreaId, int] = {}
    for area in fleet.areas:
        named = tuple(one for one in find_area_path(parents, area.id) if one in plan.areas)
        if named not in variant:
            rules = _resolve_rules(plan, named)
            if rules not in variants:
                variants.append(rules)
            variant[named] = variants.index(rules)
        if variant[named]:
            variant_of[area.id] = variant[named]
    return RuleBook(variants, variant_of)


def _resolve_rules(plan: RulePlan, path: Sequence[AreaId]) -> RuleSet:
    return {code: rule for code, (enabled, rule) in plan.resolve_area(path).items() if enabled}


#: Compiles the rules for a registry, with what is in force of the console. Of the fleet it is given only the areas are there.
BookOf = Callable[[Fleet, Sequence[SettingChange]], RuleBook]


def make_pace(settings: Settings) -> Pace:
    """How the engine cuts time."""
    return Pace(settings.tick.judge_every // MS, settings.tick.lateness // MS)
