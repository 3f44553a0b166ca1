"""A receiver that is dead delays nobody else: among 200 of them, and however many messages wait for them."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator

from benchmarks.dead import run_dead_receivers
from homebeat.bootstrap.receiver import Receiver
from homebeat.deliver import Deliverer, Poster, StoreOutbox, WebhookChannel
from homebeat.store import Store
from tests.contract.deliver.street import HERE, SECRET, a_notice, lay_down, wall_clock

#: An idle machine takes a second or two while it begins 200 attempts; before claims were fair it took ten and more.
SOON_S = 3.0


@contextlib.contextmanager
def delivering(store: Store) -> Iterator[Deliverer]:
    deliverer = Deliverer(
        StoreOutbox(store, "here"),
        {"webhook": WebhookChannel(Poster(HERE, timeout_s=5.0))},
        clock=wall_clock,
        chance=random.Random(3),
    )
    stop = threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stop,))
    thread.start()
    try:
        yield deliverer
    finally:
        stop.set()
        deliverer.wake()
        thread.join()


def tell(store: Store, receiver: Receiver, alert: str, contact: str, at: int) -> float:
    """Seconds until a receiver that answers has a new message."""
    before = len(receiver.received)
    with store.begin() as tx:
        tx.outbox.add([a_notice(alert, contact, at)], wall_clock())  # type: ignore[arg-type]
    began = time.monotonic()
    receiver.wait_for(before + 1, timeout_s=60)
    return time.monotonic() - began


def measure_attempts(store: Store, receiver: Receiver, alert: str, contact: str, count: int) -> float:
    """Seconds that so many attempts take here and now, where everybody answers."""
    before = len(receiver.received)
    with store.begin() as tx:
        tx.outbox.add([a_notice(alert, contact, wall_clock() - 1_000 * (n + 1)) for n in range(count)], wall_clock())  # type: ignore[arg-type]
    began = time.monotonic()
    with delivering(store):
        receiver.wait_for(before + count, timeout_s=60)
    return time.monotonic() - began


def test_a_good_receiver_among_two_hundred_dead_ones(store: Store) -> None:
    with run_dead_receivers(silent=140, refusing=40, swallowing=20) as dead, Receiver(SECRET) as good, Receiver(SECRET) as late:
        now = wall_clock()
        alert = lay_down(store, now, [*dead, good.url, late.url])
        # the work of beginning 200 attempts takes a busy machine longer; who waited for dead ones would wait 5 s each
        soon_s = SOON_S + measure_attempts(store, good, alert.id, "contact-200", 200)
        with store.begin() as tx:
            tx.outbox.add([a_notice(alert.id, f"contact-{i}", now + n) for i in range(200) for n in range(8)], now)
        with delivering(store) as deliverer:
            # at once, while all dead ones get their first attempt; and when they are known to be dead
            took = [tell(store, good, alert.id, "contact-200", now + 100)]
            until(lambda: deliverer.get_state().failed >= 100)
            took += [tell(store, good, alert.id, "contact-200", now + 101), tell(store, late, alert.id, "contact-201", now + 102)]
    assert took[0] < soon_s, (took, soon_s)
    assert max(took[1:]) < SOON_S, took


def test_a_good_receiver_beside_a_dead_one_with_thirteen_hundred_messages(store: Store) -> None:
    with run_dead_receivers(silent=1, refusing=0, swallowing=0) as dead, Receiver(SECRET) as good:
        now = wall_clock()
        alert = lay_down(store, now, [*dead, good.url])
        with store.begin() as tx:
            tx.outbox.add([a_notice(alert.id, "contact-0", now - n) for n in range(1_300)], now)
        with delivering(store) as deliverer:
            until(lambda: deliverer.get_state().in_flight == 1)
            took = [tell(store, good, alert.id, "contact-1", now + n) for n in range(5)]
            assert deliverer.get_state().held + deliverer.get_state().in_flight <= 2
    assert max(took) < SOON_S, took


def test_a_receiver_that_answers_gets_its_backlog_quickly(store: Store) -> None:
    with Receiver(SECRET) as good:
        now = wall_clock()
        alert = lay_down(store, now, [good.url])
        with store.begin() as tx:
            tx.outbox.add([a_notice(alert.id, "contact-0", now - n) for n in range(200)], now)
        with delivering(store):
            assert len(good.wait_for(200, timeout_s=60)) == 200


def until(is_so: object, within_s: float = 60.0) -> None:
    ends = time.monotonic() + within_s
    pause = threading.Event()
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < ends
        pause.wait(0.01)
