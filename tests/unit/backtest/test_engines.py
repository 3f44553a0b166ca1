"""One engine under several rule books says of each what an engine of its own would say."""

from __future__ import annotations

import json

import numpy as np

from homebeat.backtest.engines import Engines, VariantEdge
from homebeat.codecs.catalogue import CODECS
from homebeat.domain.alert import Edge
from homebeat.domain.fleet import Fleet
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.rulebook import RuleBook
from homebeat.registry.fleet_file import read_fleet
from homebeat.rules.catalogue import RULES
from homebeat.settings.overrides import override_settings
from homebeat.settings.plan import RulePlan
from homebeat.stream.batch import Batch
from homebeat.stream.roster import Roster
from homebeat.watch.enrolment import compile_rulebook
from simulators.estate import Habitat
from simulators.street import Street, join_history
from tests.unit.backtest.street import DAY, START

DAYS = 12
CHANGES = (
    (),
    ("rules.no_sign_of_life.limit=PT9H",),
    ("rules.not_worn.enabled=false", "rules.heart_rate.enabled=false"),
    ("rules.no_sign_of_life.learned=false", "areas.AREA.rules.device_silent.enabled=false"),
    ("rules.asked.ask_after=PT6H", "rules.asked.heard_within=PT3H"),
)


def lived(street: Street, roster: Roster) -> Batch:
    told = join_history(street.make_history(START, START + DAYS * DAY, every=1_800_000))
    rows = np.array([roster.device_row.get(device, -1) for device in told.devices], np.int32)[told.device]
    batch = Batch(rows, told.metric, told.observed_at, told.received_at, told.value, np.zeros(len(rows), np.uint8))
    return batch.take(rows >= 0)


def alone(fleet: Fleet, roster: Roster, book: RuleBook, batch: Batch) -> list[Edge]:
    engine = Engine(roster, book, Pace(3_600_000))
    engine.resume(START)
    return engine.advance(batch, START + DAYS * DAY)


def test_each_variant_gets_the_edges_of_an_engine_of_its_own() -> None:
    street = Street(4, 14, habitat=Habitat(band_share=0.4))
    described = street.make_fleet()
    for home in described["households"][::3]:
        home["ask_first"] = True
    fleet = read_fleet(json.dumps(described), CODECS, is_json=True)
    roster = Roster().with_registry(fleet, START)
    batch = lived(street, roster)
    area = fleet.households[0].area
    changes = [[text.replace("AREA", area) for text in said] for said in CHANGES]
    books = [compile_rulebook(override_settings(RulePlan(RULES), said), fleet) for said in changes]
    engines = Engines(roster, books, Pace(3_600_000), START)
    engines.resume(START)
    together: list[list[str]] = [[] for _ in books]
    for edge in engines.advance(batch, START + DAYS * DAY):
        assert isinstance(edge, VariantEdge)
        together[edge.variant].append(_shown(edge))
    # what is learned is learned once a day here, and within the day live: a limit may move by some hours of the clock
    for i, book in enumerate(books):
        expected = [_shown(edge) for edge in alone(fleet, roster, book, batch) if edge.rule not in {"no_sign_of_life", "asked"}]
        assert [line for line in together[i] if "no_sign_of_life" not in line and "asked" not in line] == expected
    fixed = [_shown(edge) for edge in alone(fleet, roster, books[3], batch)]
    assert sorted(together[3]) == sorted(fixed)
    assert len(set(map(tuple, together))) == len(books)


def _shown(edge: Edge) -> str:
    return f"{edge.at} {edge.rule} {edge.subject.key} {edge.kind.value} {edge.since}"
