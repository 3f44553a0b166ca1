"""kill -9 in the middle of a delivery: nothing is lost, and at most one duplicate, under the same webhook-id; each link opens."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from homebeat.actions.identify import identify_family
from homebeat.bootstrap.receiver import Receiver
from homebeat.deliver import Deliverer, Poster, StoreOutbox, WebhookChannel
from homebeat.store import open_store
from tests.contract.deliver.street import CARE, HERE, SECRET, a_notice, lay_down, wall_clock
from tests.keys import KEY_FILE
from tests.unit.deliver.fakes import eventually

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("point, copies", [("deliver.before_send", 1), ("deliver.after_send", 2)])
def test_killed_at(tmp_path: Path, point: str, copies: int) -> None:
    url = f"sqlite:///{tmp_path}/street.db"
    store = open_store(url, KEY_FILE)
    with Receiver(SECRET) as receiver:
        now = wall_clock()
        alert = lay_down(store, now, [receiver.url])
        notice = a_notice(alert.id, "contact-0", now)
        with store.begin() as tx:
            tx.outbox.add([notice], now)
        surroundings = os.environ | {"HOMEBEAT_TEST_STORE": url, "HOMEBEAT_TEST_LEASE_MS": "16000", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.contract.deliver.street", point]
        died = subprocess.run(command, cwd=ROOT, env=surroundings, timeout=60, check=False)
        assert died.returncode == -signal.SIGKILL
        assert len(receiver.received) == copies - 1
        ahead_ms = 17_000  # the survivor's clock: the lease of the dead has run out

        survivor = Deliverer(
            StoreOutbox(store, "survivor", family_base=CARE),
            {"webhook": WebhookChannel(Poster(HERE))},
            clock=lambda: wall_clock() + ahead_ms,
            chance=random.Random(2),
        )
        stop = threading.Event()
        thread = threading.Thread(target=survivor.run, args=(stop,))
        thread.start()
        eventually(lambda: survivor.get_state().delivered == 1)
        stop.set()
        thread.join()
        received = receiver.received
    links = [json.loads(message.body)["data"].pop("link") for message in received]
    callers = [identify_family(store, link.removeprefix(f"{CARE}/f/"), wall_clock() + ahead_ms) for link in links]
    store.close()
    assert {message.id for message in received} == {notice.id}
    assert len(received) == copies
    assert len({message.body.replace(link.encode(), b"") for message, link in zip(received, links, strict=True)}) == 1
    assert len(set(links)) == copies
    assert all(caller is not None and caller.alert == alert.id for caller in callers), "the one that was sent before, too"


def test_one_endpoint_hangs_and_the_others_are_told_at_once(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/street.db", KEY_FILE)
    with socket.create_server(("127.0.0.1", 0)) as hanging, Receiver(SECRET) as receiver:
        now = wall_clock()
        deaf = f"http://127.0.0.1:{hanging.getsockname()[1]}/"
        alert = lay_down(store, now, [deaf] * 10 + [receiver.url] * 10)
        with store.begin() as tx:
            tx.outbox.add([a_notice(alert.id, f"contact-{i}", now) for i in range(20)], now)
        channel = WebhookChannel(Poster(HERE, timeout_s=1.0))
        deliverer = Deliverer(StoreOutbox(store, "here"), {"webhook": channel}, clock=wall_clock, chance=random.Random(3))
        stop = threading.Event()
        thread = threading.Thread(target=deliverer.run, args=(stop,))
        thread.start()
        assert len(receiver.wait_for(10, timeout_s=10)) == 10
        eventually(lambda: deliverer.get_state().failed >= 2, within_s=20)  # the one who hangs: one attempt at a time
        stop.set()
        deliverer.wake()
        thread.join()
        assert deliverer.get_state().delivered == 10
    store.close()
