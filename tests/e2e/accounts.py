"""What must be true after any crash: nothing acknowledged is lost, nothing is there twice, the ledger balances."""

from __future__ import annotations

from collections import Counter

from homebeat.bootstrap.receiver import Receiver
from homebeat.domain.ids import DeviceId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, AlertOrder, Store, open_store
from tests.e2e.devices import Devices
from tests.e2e.waiting import until
from tests.keys import KEY_FILE


def stored_steps(store: Store, band: str) -> list[tuple[int, int]]:
    """Every step count of a band in the store, (observed_at, steps), oldest first."""
    found: list[tuple[int, int]] = []
    cursor: str | None = None
    while True:
        with store.read(EVERYTHING) as reader:
            page = reader.readings.read_page(DeviceId(band), Metric.STEPS, 0, 2**53, 5_000, cursor)
        found += [(entry.observed_at, int(entry.value)) for entry in page.items]
        if (cursor := page.next_cursor) is None:
            return found


def assert_all_is_stored_once(store_url: str, devices: Devices, within_s: float = 40) -> None:
    """Every step count that was confirmed is in the store, and nothing else is; the ledger accounts for every message."""
    store = open_store(store_url, KEY_FILE, create=False)
    try:
        sent = {band: sorted(steps.items()) for band, steps in devices.steps.items()}
        total = sum(map(len, sent.values()))
        assert total > 500, "too little was sent to prove anything"
        until(lambda: sum(len(stored_steps(store, band)) for band in sent) >= total, f"{total} step counts are stored", within_s)
        for band, steps in sent.items():
            assert stored_steps(store, band) == steps
        with store.read(EVERYTHING) as reader:
            ledger = reader.read_balance()
        assert ledger.is_balanced, ledger
        assert ledger.quarantined == 0
        assert ledger.accepted >= total
    finally:
        store.close()


def assert_each_sos_is_one_alert(store_url: str, bands: list[str], family: Receiver, *, again: int, within_s: float = 75) -> None:
    """One alert and one webhook id for each band that called; at most `again` messages came a second time."""
    store = open_store(store_url, KEY_FILE, create=False)
    try:
        until(lambda: len({told.id for told in family.received}) >= len(bands), "the family has been told of each SOS", within_s)
        with store.read(EVERYTHING) as reader:
            page = reader.alerts.read_page(AlertFilter(rule="sos", order=AlertOrder.NEWEST), limit=200)
            kinds = {
                e.alert.id: [s.kind.value for s in detail.history]
                for e in page.items
                if (detail := reader.alerts.get(e.alert.id))
            }
    finally:
        store.close()
    assert sorted(str(e.alert.subject.device) for e in page.items) == sorted(bands)
    assert set(map(tuple, kinds.values())) == {("opened",)}
    told = Counter(message.id for message in family.received)
    assert {message.alert_id for message in family.received} == set(kinds)
    assert len(told) == len(bands)
    assert sum(told.values()) - len(told) <= again, told
    assert len({(message.id, message.body) for message in family.received}) == len(told)
