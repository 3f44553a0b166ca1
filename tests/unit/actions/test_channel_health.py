"""How what was sent over each kind of channel went."""

from __future__ import annotations

from homebeat.actions.channel_health import ChannelSight, count_attempts
from homebeat.domain.channel import CONTACT_CHANNELS, ChannelNeed
from homebeat.domain.message_proof import MessageProof
from homebeat.store import ChannelAttempt


def attempt(kind: str, at: int = 1, *, error: str = "", ok: bool = True, arrival: MessageProof | None = None) -> ChannelAttempt:
    return ChannelAttempt(kind, at, ok, ok and bool(error), error, arrival)


def count(*attempts: ChannelAttempt, absent: frozenset[ChannelNeed] = frozenset()) -> dict[str, ChannelSight]:
    return {one.kind: one for one in count_attempts(attempts, absent)}


def test_every_kind_that_reaches_people_is_there_also_where_nothing_was_sent() -> None:
    found = count(absent=frozenset({ChannelNeed.SMS}))
    assert list(found) == list(CONTACT_CHANNELS)
    assert (found["sms"].is_set_up, found["sms"].needs) == (False, "channels.sms")
    assert (found["webhook"].is_set_up, found["webhook"].needs, found["webhook"].taken) == (True, "", 0)


def test_what_was_not_needed_is_neither_taken_nor_failed_and_commands_are_no_channel_of_people() -> None:
    found = count(attempt("email"), attempt("email", error="superseded by a later message"), attempt("command"))
    assert (found["email"].taken, found["email"].failed) == (1, 0)


def test_the_last_failure_is_named_and_a_call_that_nobody_took_is_one() -> None:
    found = count(
        attempt("voice", 5, arrival=MessageProof.UNANSWERED),
        attempt("voice", 3, ok=False, error="the provider answered 500"),
        attempt("voice", 9, arrival=MessageProof.PICKED_UP),
        attempt("voice", 8, arrival=MessageProof.AWAITED),
    )
    voice = found["voice"]
    assert (voice.taken, voice.failed, voice.failed_at, voice.error) == (2, 2, 5, "unanswered")


def test_a_channel_whose_last_attempt_failed_is_failing_however_many_were_taken_before() -> None:
    before = [attempt("email", at) for at in range(1, 101)]
    for more, is_failing in (
        ([], False),
        ([attempt("email", 101, ok=False, error="no connection")], True),
        ([attempt("email", 100, ok=False, error="no connection")], True),
        ([attempt("email", 101, ok=False, error="no connection"), attempt("email", 102)], False),
    ):
        assert count(*before, *more)["email"].is_failing is is_failing
    assert count()["email"].is_failing is False
