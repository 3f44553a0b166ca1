"""Who gets a worker: the urgent, the untried, those who answer; not more than half for those who do not."""

from __future__ import annotations

from homebeat.deliver.lanes import Lanes
from homebeat.store import Leased
from tests.unit.deliver.fakes import a_notice


def to(host: str, name: str = "", attempts: int = 0, priority_rank: int = 0) -> Leased:
    return a_notice(name or host, url=f"https://{host}.example/", attempts=attempts, priority_rank=priority_rank)


def taken(lanes: Lanes) -> list[str]:
    found = []
    while (notice := lanes.take()) is not None:
        found.append(notice.id.removeprefix("msg_"))
    return found


def test_one_at_a_time_until_it_answers_and_again_after_it_did_not() -> None:
    lanes = Lanes(per_endpoint=3, workers=20, held=100)
    lanes.put([to("a", f"a{i}") for i in range(6)])
    assert taken(lanes) == ["a0"]
    lanes.finish(to("a", "a0"), answers=True)
    assert taken(lanes) == ["a1", "a2", "a3"]
    for name in ("a1", "a2", "a3"):
        lanes.finish(to("a", name), answers=False)
    assert taken(lanes) == ["a4"]
    lanes.finish(to("a", "a4"), answers=None)  # not asked: nothing new is known
    assert taken(lanes) == ["a5"]


def test_half_of_the_workers_are_for_first_attempts() -> None:
    lanes = Lanes(per_endpoint=2, workers=8, held=100)
    lanes.put([to(f"retry{i}", attempts=1) for i in range(8)])
    assert len(taken(lanes)) == 4
    lanes.put([to(f"first{i}") for i in range(8)])
    assert taken(lanes) == ["first0", "first1", "first2", "first3"]


def test_who_is_known_not_to_answer_stays_within_its_half_even_with_a_first_attempt() -> None:
    lanes = Lanes(per_endpoint=2, workers=4, held=100)
    for name in ("a", "b", "c"):
        lanes.put([to(name)])
        assert taken(lanes) == [name]
        lanes.finish(to(name), answers=False)
    lanes.put([to(name, f"{name}2") for name in ("a", "b", "c")])
    assert taken(lanes) == ["a2", "b2"]
    lanes.put([to("good")])
    assert taken(lanes) == ["good"]


def test_the_most_urgent_goes_first_and_then_who_has_waited_longest() -> None:
    lanes = Lanes(per_endpoint=1, workers=1, held=100)
    lanes.put([to("low", priority_rank=3), to("sos", priority_rank=0), to("high", priority_rank=1)])
    order = []
    while (notice := lanes.take()) is not None:
        order.append(notice.contact)
        lanes.finish(notice, answers=True)
    assert order == ["contact-sos", "contact-high", "contact-low"]


def test_a_claim_takes_what_can_begin_and_nothing_of_who_is_busy() -> None:
    lanes = Lanes(per_endpoint=3, workers=10, held=4)
    lanes.put([to("a"), to("b")])
    assert taken(lanes) == ["a", "b"]
    shares = lanes.compute_shares()
    assert (shares.each, shares.answering) == (1, frozenset())
    assert shares.full == {"https://a.example:443", "https://b.example:443"}
    assert lanes.finish(to("a"), answers=True)  # its whole share was taken, so there may be more
    assert lanes.compute_shares().answering == {"https://a.example:443"}
    assert lanes.compute_shares().answering_each == 3


def test_who_does_not_answer_never_holds_more_than_half_of_the_room() -> None:
    lanes = Lanes(per_endpoint=1, workers=2, held=4)
    lanes.put([to(f"retry{i}", attempts=1) for i in range(3)])
    assert len(taken(lanes)) == 1
    assert lanes.compute_shares().first_only
    assert lanes.room == 2
