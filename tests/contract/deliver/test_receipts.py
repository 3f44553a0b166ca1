"""What a provider says later of a message that it had accepted: it stops the next channel, or lets it begin at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

import pytest

from homebeat.actions import EnterReceipts, NoteEcho, Perform, SayDeadLetters, enter_receipts
from homebeat.actions.enter_receipts import ARRIVED, EntryCounts
from homebeat.actions.give_up import GiveUp
from homebeat.actions.identify import LinkCaller
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.deliver import Poster, StoreOutbox
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.poster import HttpAnswer, HttpCall
from homebeat.deliver.receipt_asker import ReceiptAsker
from homebeat.domain.alert import Priority
from homebeat.domain.channel import AccountLimit, SendLimit
from homebeat.domain.errors import NotAllowed
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.fleet import Area, Channel, Contact, Fleet
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.domain.principal import make_service
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import PLAIN
from homebeat.store import AlertFilter, Attempt, DeliveryEntry, Leased, Store
from homebeat.store.notice.arrivals import Arrivals
from homebeat.store.notice.early_receipts import MOST
from tests.contract.deliver.street import a_notice, an_alert, lay_down

NOON: Final = 1_772_366_400_000
SECOND: Final = 1_000
DEAD: Final = Attempt(NOON, 20, ok=False, status=404, error="gone")
BY_SMS: Final = (Channel("sms", {"phone": "139-0000-0001"}),)
ACCEPTED: Final = Attempt(NOON, 20, ok=True, status=200, reference="biz-1", awaits_proof=True)


@dataclass
class Sent:
    """Somebody with two channels, over the first of which a message was accepted at noon."""

    store: Store
    now: int = NOON
    alert: AlertId = field(init=False)

    def __post_init__(self) -> None:
        lay_down(self.store, NOON, ["https://a.example/"])
        self.alert = an_alert(self.store, NOON, "no_sign_of_life", Priority.HIGH).id
        first = a_notice(self.alert, "contact-0", NOON)
        chain = [replace(first, channel_index=place, place=place, after_ms=place * 60 * SECOND) for place in (0, 1)]
        with self.store.begin() as tx:
            tx.outbox.add(chain, NOON)
        self.port = StoreOutbox(self.store, "here")
        (notice,) = self.claim(0)
        self.port.settle(notice, ACCEPTED)

    def claim(self, second: float) -> list[Leased]:
        self.now = NOON + int(second * SECOND)
        return self.port.claim(self.now, 10)

    def says(self, arrival: MessageProof, reference: str = "biz-1", second: float = 5) -> EntryCounts:
        self.now = NOON + int(second * SECOND)
        enter = EnterReceipts([ProviderReceipt(reference, arrival, "THEIR-WORD")])
        return Perform(self.store, lambda: self.now)(make_service("deliver"), enter)

    def settle(self, notice: Leased, attempt: Attempt) -> None:
        self.port.settle(notice, attempt)

    def keep(self, second: float) -> None:
        """Let the deadlines run."""
        self.now = NOON + int(second * SECOND)
        DeadlineKeeper(self.store, PLAIN, lambda: self.now).step(self.now)

    def attempts(self) -> Sequence[DeliveryEntry]:
        with self.store.read(EVERYTHING) as reader:
            return reader.outbox.list_deliveries(alert=self.alert).items

    def failures(self) -> int:
        with self.store.read(EVERYTHING) as reader:
            return len(reader.alerts.read_page(AlertFilter(rule="delivery_failed")).items)


@pytest.fixture
def sent(store: Store) -> Sent:
    return Sent(store)


def test_accepted_is_no_proof_where_the_provider_will_say_more(sent: Sent) -> None:
    assert [(one.state, one.arrival) for one in sent.attempts()] == [("delivered", MessageProof.AWAITED)]
    assert sent.claim(59.9) == []
    (second,) = sent.claim(60)
    assert (second.channel_index, sent.port.find_needless(second)) == (1, "")


@pytest.mark.parametrize("arrival", [MessageProof.DELIVERED, MessageProof.PICKED_UP, MessageProof.KEY])
def test_what_arrived_stops_the_next_channel(sent: Sent, arrival: MessageProof) -> None:
    assert sent.says(arrival) == EntryCounts(entered=1)
    assert sent.claim(3_600) == []
    second, first = sent.attempts()
    assert (second.state, second.error) == ("superseded", ARRIVED)
    assert (first.arrival, first.arrived_at, first.arrival_code) == (arrival, NOON + 5 * SECOND, "THEIR-WORD")


def test_what_arrives_while_the_next_channel_begins_stops_it_at_its_last_look(sent: Sent) -> None:
    (second,) = sent.claim(60)
    sent.says(MessageProof.DELIVERED, second=60.1)
    assert sent.port.find_needless(second) == ARRIVED


def test_a_call_that_nobody_picked_up_lets_the_next_channel_begin_at_once(sent: Sent) -> None:
    assert sent.says(MessageProof.UNANSWERED).entered == 1
    (second,) = sent.claim(5)
    assert (second.channel_index, sent.port.find_needless(second), sent.failures()) == (1, "", 0)


def test_an_address_that_cannot_be_reached_is_given_up_on_and_the_next_channel_begins(sent: Sent) -> None:
    assert sent.says(MessageProof.FAILED).entered == 1
    (second,) = sent.claim(5)
    assert (second.channel_index, sent.failures()) == (1, 0), "the second channel has a minute to bring it"
    (first,) = sent.attempts()
    assert (first.state, first.arrival) == ("dead", MessageProof.FAILED)
    sent.settle(second, replace(DEAD, at=sent.now))
    assert sent.failures() == 1, "none has brought it"


def test_what_another_channel_has_brought_opens_nothing(sent: Sent) -> None:
    sent.says(MessageProof.FAILED)
    (second,) = sent.claim(5)
    sent.settle(second, Attempt(sent.now, 20, ok=True, status=200))
    sent.keep(66)
    assert (sent.failures(), sent.attempts()[-1].state) == (0, "dead"), "the dead letter itself stays to be seen"


def test_what_no_channel_has_brought_within_a_minute_opens(sent: Sent) -> None:
    """The second one is accepted, and its provider says nothing more; or it is not even tried."""
    sent.says(MessageProof.FAILED)
    (second,) = sent.claim(6)
    sent.settle(second, replace(ACCEPTED, reference="biz-2"))
    sent.keep(64)
    assert sent.failures() == 0
    sent.keep(65)
    assert sent.failures() == 1
    sent.keep(130)
    assert sent.failures() == 1, "it is said once"


def test_one_that_it_cannot_be_said_of_has_its_turn_again(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: GiveUp, work: Work) -> None:
        raise ZeroDivisionError

    sent.says(MessageProof.FAILED)
    sent.claim(6)
    with monkeypatch.context() as broken:
        broken.setattr(GiveUp, "run", fail)
        sent.keep(65)
    assert sent.failures() == 0
    with monkeypatch.context() as broken:
        broken.setattr(SayDeadLetters, "run", fail)
        sent.keep(125)  # raises nothing: deadlines, visits and the heartbeat do not wait for it
    sent.keep(126)
    assert sent.failures() == 1


def test_channels_that_go_at_once_open_nothing_where_one_of_them_brings_it(store: Store) -> None:
    """A call for help goes over all of them, without a chain."""
    lay_down(store, NOON, ["https://a.example/"])
    first = a_notice(an_alert(store, NOON, "sos", Priority.CRITICAL).id, "contact-0", NOON)
    with store.begin() as tx:
        tx.outbox.add([replace(first, channel_index=index) for index in (0, 1)], NOON)
    port = StoreOutbox(store, "here")
    good, bad = port.claim(NOON, 10)
    port.settle(good, Attempt(NOON, 20, ok=True, status=200))
    port.settle(bad, DEAD)
    with store.read(EVERYTHING) as reader:
        assert not reader.alerts.count(AlertFilter(rule="delivery_failed"))
        assert not reader.dead_letters.has_due(NOON + 3_600 * SECOND)


def test_what_is_brought_again_or_late_changes_nothing(sent: Sent) -> None:
    sent.says(MessageProof.FAILED)
    assert sent.says(MessageProof.FAILED, second=65) == EntryCounts(repeated=1)
    assert sent.says(MessageProof.UNANSWERED, second=66) == EntryCounts(repeated=1)
    sent.keep(66)
    assert sent.failures() == 1
    # they were wrong about it: that is kept too
    assert sent.says(MessageProof.DELIVERED, second=70) == EntryCounts(entered=1)
    assert sent.says(MessageProof.FAILED, second=71) == EntryCounts(repeated=1)
    assert sent.attempts()[-1].arrival is MessageProof.DELIVERED


def test_what_is_not_ours_is_counted(sent: Sent) -> None:
    assert sent.says(MessageProof.DELIVERED, reference="of-somebody-else") == EntryCounts(early=1)
    assert sent.attempts()[-1].arrival is MessageProof.AWAITED


def test_an_account_at_its_limit_puts_off_and_lets_the_next_channel_begin(store: Store) -> None:
    lay_down(store, NOON, ["https://a.example/", "https://b.example/"])
    limits = {"webhook": AccountLimit("one", (SendLimit(1, 3_600),))}
    port = StoreOutbox(store, "here", accounts=limits)
    first = a_notice(an_alert(store, NOON, "no_sign_of_life", Priority.HIGH).id, "contact-0", NOON)
    with store.begin() as tx:
        other = replace(first, contact=ContactId("contact-1"))
        tx.outbox.add([replace(other, channel_index=place, place=place, after_ms=place * 60 * SECOND) for place in (0, 1)], NOON)
        tx.outbox.add([first], NOON)
    claimed = {notice.contact: notice for notice in port.claim(NOON, 10)}
    assert port.reserve(claimed[ContactId("contact-0")], (), NOON) is None
    due = port.reserve(claimed[ContactId("contact-1")], (), NOON)
    assert due is not None
    assert due > NOON + 60 * SECOND
    # counted in the database: after a restart, and in another process, too
    later = StoreOutbox(store, "after a restart", accounts=limits)
    assert [notice.channel_index for notice in later.claim(NOON, 10)] == [1]
    assert StoreOutbox(store, "without limits").reserve(claimed[ContactId("contact-1")], (), NOON) is None


class Answering(Poster):
    """A provider that answers what it is made to, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.asked = b"{}", 0

    def post(self, call: HttpCall, now: int) -> HttpAnswer:
        self.asked += 1
        return HttpAnswer(200, self.body, is_whole=True)


def test_a_provider_that_brings_nothing_is_asked(store: Store) -> None:
    """What it says counts like what it would have brought; then it is asked no more, and while it fails four times at most."""
    alert = lay_down(store, NOON, ["https://a.example/"]).id
    with store.begin() as tx:
        home = replace(tx.fleet.load().households[0], contacts=(Contact(ContactId("contact-0"), "Wei", channels=BY_SMS),))
        tx.fleet.apply(Fleet((Area(home.area, "Area"),), (home,)), NOON)
        tx.outbox.add([replace(a_notice(alert, "contact-0", NOON), channel_kind="sms", cause=cause) for cause in "ab"], NOON)
    port = StoreOutbox(store, "here")
    for no, notice in enumerate(port.claim(NOON, 10)):
        port.settle(notice, replace(ACCEPTED, reference=f"biz-{no}", ask_at=NOON + 45 * SECOND))
    provider = Answering()
    asker = ReceiptAsker(
        store, {"sms": CloudAccount("tencent", "id", "secret", "https://sms.example")}, provider, lambda: NOON, PLAIN
    )
    assert asker.step(NOON + 44 * SECOND) == 0
    said = {"SerialNo": "biz-0", "ReportStatus": "SUCCESS", "Description": "DELIVRD"}
    provider.body = json.dumps({"Response": {"PullSmsSendStatusSet": [said]}}).encode()
    assert asker.step(NOON + 45 * SECOND) == 2
    assert dict(asker.counts) == {"entered": 1, "open": 1}
    provider.body = b"no JSON"
    assert [asker.step(NOON + second * SECOND) for second in (60, 180, 600, 3_599, 3_600, 90_000)] == [0, 1, 1, 0, 1, 0]
    assert (provider.asked, asker.counts["failed"]) == (5, 3)
    asker.beat(NOON)
    with store.read(EVERYTHING) as reader:
        beat = reader.heartbeats.read_all()["receipts"]
    assert beat.detail == {"entered": 1, "open": 1, "failed": 3, "faults": 0, "noted": None}
    with store.read(EVERYTHING) as reader:
        arrivals = {one.arrival for one in reader.outbox.list_deliveries(alert=alert).items}
    assert arrivals == {MessageProof.DELIVERED, MessageProof.AWAITED}


def test_what_comes_before_its_attempt_is_stored_waits_for_it(store: Store) -> None:
    """The provider is quicker than our own transaction: what it says counts once the attempt is there."""
    sent = Sent(store)
    assert sent.says(MessageProof.UNANSWERED, "biz-2") == EntryCounts(early=1)
    assert sent.says(MessageProof.DELIVERED, "biz-2") == EntryCounts(early=1)
    assert sent.says(MessageProof.DELIVERED, "biz-2") == EntryCounts(early=1), "brought again, kept once"
    assert sent.says(MessageProof.DELIVERED, "not-ours") == EntryCounts(early=1)
    sent.keep(6)
    (second,) = sent.claim(60)
    sent.settle(second, replace(ACCEPTED, reference="biz-2"))
    sent.keep(61)
    assert {one.arrival for one in sent.attempts()} == {MessageProof.DELIVERED, MessageProof.AWAITED}
    sent.keep(604)
    assert sent.says(MessageProof.DELIVERED, "not-ours", second=604) == EntryCounts(early=1), "it still waits"
    sent.keep(606)
    with store.read(EVERYTHING) as reader:
        rows = [row.detail for row in reader.audit.read_page(50).items if row.action == "enter_early_receipts"]
    assert rows == [{"entered": 0, "late": 1}, {"entered": 1, "late": 0}, {"entered": 1, "late": 0}]
    with store.begin() as tx:
        kept = [tx.early_receipts.keep(ProviderReceipt(f"r-{no}", MessageProof.FAILED), None, NOON) for no in range(MOST + 2)]
    assert kept.count(False) == 2, "no more than so many"


def test_what_comes_while_its_attempt_is_stored_is_not_lost(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL lets the second look of one transaction see what another has stored since the first."""
    sent = Sent(postgres_store)
    (second,) = sent.claim(60)
    enter = Arrivals.enter

    def enter_while_it_is_stored(arrivals: Arrivals, receipt: ProviderReceipt, now: int) -> Leased | None:
        found = enter(arrivals, receipt, now)
        sent.settle(second, replace(ACCEPTED, reference="biz-2"))
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Arrivals, "enter", enter_while_it_is_stored)
        assert sent.says(MessageProof.DELIVERED, "biz-2", second=60) == EntryCounts(early=1)
    sent.keep(61)
    assert [one.arrival for one in sent.attempts()] == [MessageProof.DELIVERED, MessageProof.AWAITED]


def test_an_echo_that_comes_while_its_attempt_is_stored_is_tried_again(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Sent(postgres_store)
    (second,) = sent.claim(60)
    enter = Arrivals.enter

    def enter_while_it_is_stored(arrivals: Arrivals, receipt: ProviderReceipt, now: int) -> Leased | None:
        found = enter(arrivals, receipt, now)
        sent.settle(second, replace(ACCEPTED, reference=second.id))
        return found

    note = Perform(postgres_store, lambda: sent.now)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Arrivals, "enter", enter_while_it_is_stored)
        assert note(make_service("deliver"), NoteEcho(second.id)) is None
    assert note(make_service("deliver"), NoteEcho(second.id)) is True
    assert note(make_service("deliver"), NoteEcho(second.id)) is False


@dataclass(frozen=True, slots=True)
class HalfReply:
    """An answer that is refused when half of it is written."""

    name: ClassVar = "reply"
    operation: ClassVar = Operation.ENTER_RECEIPTS

    link_id: str
    answer: FamilyReply

    def run(self, work: Work) -> None:
        work.tx.heartbeats.beat("half", work.now, {})
        raise NotAllowed("somebody else was faster")

    def record(self, result: None) -> Record | None:
        return None


def test_nothing_of_a_refused_answer_stays_and_its_receipt_does(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(store)
    caller = LinkCaller(make_service("deliver"), sent.alert, "link", "en", NOON + SECOND, "UTC")
    monkeypatch.setattr(enter_receipts, "make_family_caller", lambda *_: caller)
    monkeypatch.setattr(enter_receipts, "Reply", HalfReply)
    enter = EnterReceipts([ProviderReceipt("biz-1", MessageProof.KEY, "ok", "1")], {"1": FamilyReply.FINE})
    assert Perform(store, lambda: sent.now)(make_service("deliver"), enter).entered == 1
    with store.read(EVERYTHING) as reader:
        assert "half" not in reader.heartbeats.read_all()
