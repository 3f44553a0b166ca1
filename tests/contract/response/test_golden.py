"""Golden scenarios of who answers for whom, named for people: through actions, store and outbox, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from homebeat import actions
from homebeat.actions.identify import identify_family
from homebeat.deliver import StoreOutbox
from homebeat.domain.alert import Answer, Outcome, Priority, TransitionKind
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotAllowed
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.ids import AlertId, HouseholdId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from tests.contract.response.street import Town, make_fleet, quiet
from tests.contract.store.conftest import T0
from tests.people import add_family_link, person

CHEN, LI = person("chen", Role.DESK), person("li", Role.RESPONDER)
SON, DAUGHTER, WANG, CARE, ZHOU = "h1/son", "h1/daughter", "/wang", "/care-co", "/zhou"


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store, PlanBook())


def test_the_family_sleeps_and_the_street_comes(town: Town) -> None:
    alert = town.happens(quiet())
    assert town.minute(40) == [
        (0, SON, "alert.opened"),
        (5, DAUGHTER, "alert.opened"),
        (10, WANG, "alert.opened"),
        (20, CARE, "alert.opened"),
        (30, ZHOU, "alert.opened"),
    ]
    town.act(CHEN, actions.Acknowledge(alert))
    assert town.minute(60) == [], "somebody answers for her: nobody else is woken"
    town.act(CHEN, actions.Resolve(alert, Outcome.HELPED))
    assert town.take_notices() == [(60, who, "alert.resolved") for who in sorted((CARE, WANG, ZHOU, DAUGHTER, SON))]


def test_fall_at_night_first_responder_asleep(town: Town) -> None:
    """Everybody is told at once; nobody answers; the supervisor does, and what she takes and forgets comes back."""
    alert = town.happens(quiet("fall", priority=Priority.CRITICAL))
    assert town.minute(6) == [
        (0, WANG, "alert.opened"),
        (0, DAUGHTER, "alert.opened"),
        (0, SON, "alert.opened"),
        (3, CARE, "alert.opened"),
        (6, ZHOU, "alert.opened"),
    ]
    town.act(LI, actions.Acknowledge(alert))
    assert town.minute(25) == []
    assert town.minute(27) == [(26, ZHOU, "alert.reminder")]
    assert (town.alert(alert).answer, town.alert(alert).owner) == (Answer.UNACKNOWLEDGED, "")
    assert town.history(alert) == [
        (0, "opened", "engine"),
        (3, "escalated", "clock"),
        (6, "escalated", "clock"),
        (6, "acknowledged", "user:li"),
        (26, "released", "clock"),
        (26, "escalated", "clock"),
    ]


def test_nobody_ever_answers_and_it_never_falls_silent(town: Town) -> None:
    town.happens(quiet("sos", priority=Priority.CRITICAL))
    reminders = [minute for minute, who, _ in town.minute(24 * 60, 60) if who == ZHOU]
    assert reminders[:6] == [6, 11, 21, 41, 81, 161]
    gaps = [after - before for before, after in pairwise(reminders)]
    assert max(gaps) <= 8 * 60


def test_two_people_take_at_once(town: Town) -> None:
    alert = town.happens(quiet())
    town.act(CHEN, actions.Acknowledge(alert, 1))
    with pytest.raises(NotAllowed, match="somebody else"):
        town.act(LI, actions.Acknowledge(alert))
    assert town.alert(alert).owner == "user:chen"


def test_she_gets_up_and_nobody_is_woken_for_what_is_over(town: Town) -> None:
    edge = quiet()
    alert = town.happens(edge)
    town.minute(4)
    town.over(edge)
    assert town.minute(63) == []
    assert town.minute(65) == [(64, DAUGHTER, "alert.opened")], "it still needs an answer"
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED


def test_it_becomes_more_urgent_and_the_plan_begins_again(town: Town) -> None:
    fall = quiet("no_sign_of_life", priority=Priority.HIGH)
    town.happens(fall)
    town.minute(12)
    town.happens(replace(fall, kind=TransitionKind.REOPENED, at=town.now, since=T0 + 60_000, priority=Priority.CRITICAL))
    assert town.minute(13)[0] == (12, SON, "alert.raised")


def test_son_answers_fine_and_she_is_not(town: Town) -> None:
    """His word gives her an hour. It closes nothing, and when she stays quiet the street comes all the same."""
    alert = town.happens(quiet())
    town.minute(2)
    town.family(SON, alert, FamilyReply.FINE)
    assert town.minute(61) == [], "neither his sister nor the street is woken"
    assert town.minute(63) == [(62, WANG, "alert.opened")]
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED
    town.family(DAUGHTER, alert, FamilyReply.GO)
    assert town.minute(64)[0][1:] == (CARE, "alert.opened"), "whoever asks somebody to go is not kept waiting"
    assert [(what, who) for _, what, who in town.history(alert)] == [
        ("opened", "engine"),
        ("replied", "contact:h1/son"),
        ("escalated", "clock"),
        ("replied", "contact:h1/daughter"),
        ("escalated", "clock"),
    ]


def test_daughter_says_with_me_until_sunday(town: Town) -> None:
    alert = town.happens(quiet())
    sunday = town.now + 3 * DAY_MS
    town.minute(1)
    town.family(DAUGHTER, alert, FamilyReply.WITH_ME, sunday)
    with town.store.read(EVERYTHING) as reader:
        home = reader.homes.find_household(HouseholdId("h1"))
    assert home is not None
    assert [(away.reason, away.ends_at) for away in home.away] == [("with_family", datetime.fromtimestamp(sunday / 1000, UTC))]
    assert town.minute(60) == []
    town.act(CHEN, actions.Resolve(alert, Outcome.AWAY, note="her daughter, until Sunday"))


def test_calling_gives_a_few_minutes_and_no_more_than_half_an_hour(town: Town) -> None:
    alert = town.happens(quiet())
    said: list[tuple[float, str, str]] = town.minute(1)
    for minute in range(2, 60, 4):
        if not [one for one in said if one[1] != SON]:
            town.family(SON, alert, FamilyReply.CALLING)
        said += town.minute(minute)
    assert next(one for one in said if one[1] != SON)[0] <= 30


def test_a_confirmed_fall_that_somebody_has_is_called_out_fast_when_it_comes_back(town: Town) -> None:
    """It opened as less urgent, at the desk alone. It is critical now, and whoever had it said nothing more."""
    fall = quiet("fall", priority=Priority.HIGH)
    alert = town.happens(fall)
    town.act(CHEN, actions.Acknowledge(alert))
    town.minute(10)
    town.happens(replace(fall, kind=TransitionKind.REOPENED, at=town.now, since=town.now, priority=Priority.CRITICAL))
    town.take_notices()
    said = town.minute(31)
    assert {who for _, who, _ in said} >= {WANG, SON, DAUGHTER}


def test_while_his_sister_asks_that_somebody_goes_his_word_puts_nothing_off(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(9)
    town.family(DAUGHTER, alert, FamilyReply.GO)
    town.family(SON, alert, FamilyReply.FINE)
    assert town.minute(10)[0][1:] == (WANG, "alert.opened")
    town.family(SON, alert, FamilyReply.CALLING)
    assert (19, CARE, "alert.opened") in [(int(minute), who, event) for minute, who, event in town.minute(20)]


def answer_for_family(town: Town, *, critical: bool = False) -> AlertId:
    """The son answers for the family of the first home, of which an alert opens."""
    fleet = make_fleet()
    son, daughter = fleet.households[0].contacts
    home = replace(fleet.households[0], contacts=(replace(son, is_representative=True), daughter))
    with town.store.begin() as tx:
        tx.fleet.apply(replace(fleet, households=(home, *fleet.households[1:])), T0)
    return town.happens(quiet(priority=Priority.CRITICAL if critical else Priority.HIGH))


def test_whoever_answers_for_the_family_is_not_outvoted_by_his_sister(town: Town) -> None:
    """While he asks that somebody goes, her word moves no plan, enters no absence and closes nothing."""
    alert = answer_for_family(town, critical=True)
    town.minute(1)
    town.family(SON, alert, FamilyReply.GO)
    town.minute(2)
    town.family(DAUGHTER, alert, FamilyReply.WITH_ME, town.now + DAY_MS)
    town.family(DAUGHTER, alert, FamilyReply.FINE)
    assert town.minute(12), "the plan goes on"
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED
    with town.store.read(EVERYTHING) as reader:
        home = reader.homes.find_household(HouseholdId("h1"))
    assert home is not None
    assert home.away == ()
    said = [dict(step.reason.params) for step in town.detail(alert).history if step.kind is TransitionKind.REPLIED]
    assert [set(one) & {"representative", "outranked", "contested"} for one in said] == [
        {"representative"},
        *[{"outranked", "contested"}] * 2,
    ]


def test_his_word_that_all_is_well_does_not_silence_his_sister(town: Town) -> None:
    """He answers for the family; that somebody asks for a check counts all the same. He has answered, so she puts nothing off."""
    alert = answer_for_family(town)
    town.minute(1)
    town.family(SON, alert, FamilyReply.CALLING)
    town.family(DAUGHTER, alert, FamilyReply.FINE)
    assert {who for _, who, _ in town.minute(8)} == {DAUGHTER}, "her word would have given an hour"
    town.family(SON, alert, FamilyReply.FINE)
    assert town.minute(14) == [], "his word gives an hour"
    town.family(DAUGHTER, alert, FamilyReply.GO)
    assert WANG in {who for _, who, _ in town.minute(15)}


def test_asking_again_and_again_does_not_use_the_plan_up(town: Town) -> None:
    alert = town.happens(quiet())
    for _ in range(9):
        town.family(SON, alert, FamilyReply.GO)
        town.minute((town.now - T0) / 60_000 + 0.2)
        town.family(SON, alert, FamilyReply.CALLING)
    start = (town.now - T0) / 60_000
    assert [who for minute, who, _ in town.minute(start + 61) if minute <= start + 60], "somebody is reminded within the hour"


def test_who_asked_for_somebody_before_is_heard_again_when_it_happens_again(town: Town) -> None:
    """What he has said of the first fall is no answer to the second: it counts once for each."""
    fall = quiet("fall", priority=Priority.CRITICAL)
    alert = town.happens(fall)
    town.family(SON, alert, FamilyReply.GO)
    assert [who for _, who, _ in town.minute(1)] == [CARE]
    town.over(fall)
    town.minute(20)
    town.happens(replace(fall, kind=TransitionKind.REOPENED, at=town.now, since=town.now))
    town.minute(21)
    for _ in range(2):
        town.family(SON, alert, FamilyReply.GO)
    assert [what for _, what, _ in town.history(alert)].count("replied") == 2
    assert [who for _, who, _ in town.minute(21.5)] == [CARE], "at once, and not after the three minutes of the step"


def test_the_next_contact_keeps_their_turn_when_one_wants_no_messages(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(1)
    token = add_family_link(town.store, alert, SON, town.now)
    town.take_notices()
    caller = identify_family(town.store, token, town.now)
    assert caller is not None
    town.act(caller.principal, actions.StopWriting(caller.link_id))
    assert town.minute(6) == [(5, DAUGHTER, "alert.opened")]
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    assert [who for _, who, _ in town.take_notices()] == [DAUGHTER]


def test_what_homebeat_says_of_itself_calls_no_family(town: Town) -> None:
    failed = quiet("delivery_failed")
    town.happens(failed)
    assert {who for _, who, _ in town.minute(600, 60)} <= {ZHOU}


def test_closing_with_the_opposite_ends_what_the_family_said(town: Town) -> None:
    alert = town.happens(quiet())
    town.family(DAUGHTER, alert, FamilyReply.WITH_ME, town.now + 50 * DAY_MS)
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    with town.store.read(EVERYTHING) as reader:
        home = reader.homes.find_household(HouseholdId("h1"))
    assert home is not None
    assert home.away == ()


def test_a_reminder_that_has_not_left_is_not_sent_when_somebody_has_answered(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(44)
    town.now += 60_000
    town.keeper.step(town.now)
    port = StoreOutbox(town.store, "test-2")
    (reminder,) = [notice for notice in port.claim(town.now, 10) if notice.event == "alert.reminder"]
    assert not port.find_needless(reminder)
    town.act(CHEN, actions.Acknowledge(alert))
    assert port.find_needless(reminder)
