"""The watch opens nothing that is sealed: without any key file it judges, alerts, notifies and restarts as with one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from homebeat.domain.alert import Condition
from homebeat.domain.errors import Unavailable
from homebeat.domain.fleet import Fleet
from homebeat.domain.scope import EVERYTHING
from homebeat.rules.asked import Asked
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.sos import Sos
from homebeat.store import Store, open_store
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_tick import BAND, METER, MINUTE, Home
from tests.contract.watch.test_upkeep import HOUR

ASKING = Fleet(STREET.areas, (replace(STREET.households[0], ask_first=True), *STREET.households[1:]))


class Watched(Home):
    """A home that is in the registry already."""

    def __post_init__(self) -> None:
        self.start()


@pytest.fixture
def keyless(store: Store, store_url: str, tmp_path: Path) -> Iterator[Store]:
    """The database of the street, for somebody who has no key file."""
    with store.begin() as tx:
        tx.fleet.apply(ASKING, T0)
    opened = open_store(store_url, tmp_path / "nowhere" / "homebeat.key", create=False)
    yield opened
    opened.close()


def test_it_judges_alerts_notifies_and_restarts(store: Store, keyless: Store) -> None:
    with keyless.read(EVERYTHING) as reader, pytest.raises(Unavailable):
        reader.homes.list_residents()
    home = Watched(keyless, (DeviceSilent(), Sos(), NoSignOfLife(), Asked()))
    home.tick(home.says(METER, volume_m3=5.0), home.says(BAND, steps=5, worn=True))
    home.tick(home.says(BAND, alarm="sos"))
    home.start()
    home.tick(home.says(METER, volume_m3=5.1), after_ms=MINUTE)
    home.waits(5 * HOUR)
    home.start()
    home.tick(home.says(BAND, steps=9), after_ms=MINUTE)
    home.tick(after_ms=MINUTE)
    with store.read(EVERYTHING) as reader:
        found = {entry.alert.rule: entry.alert.condition for entry in reader.alerts.read_page().items}
        assert reader.outbox.read_health().waiting == 1
    assert found["sos"] is Condition.CLEARED  # after a time, by itself
    assert "device_silent" in found
    with store.begin() as tx:
        (held,) = tx.outbox.claim(home.now, "one", 9, 1_000)
    assert held.channel_params == {"url": "https://example.org/hook"}
    assert len(held.endpoint) == 32
