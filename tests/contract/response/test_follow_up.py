"""Follow-ups: the family is asked once, by day; one tap or a note of the desk answers; what was wrong becomes a complaint."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from homebeat import actions
from homebeat.actions import Perform
from homebeat.actions.identify import identify_family
from homebeat.actions.report_visit import VisitReport
from homebeat.console.family.form import FamilyForm
from homebeat.deliver.outbox import StoreOutbox
from homebeat.domain.alert import Outcome, Priority
from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.errors import NotAllowed
from homebeat.domain.fleet import Channel
from homebeat.domain.follow_up import FollowUp, FollowUpAnswer, FollowUpChoice, FollowUpState
from homebeat.domain.ids import AlertId, AreaId
from homebeat.domain.response_plan import PlanBook, PlanChoice
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.response.setup import ResponseSetup
from homebeat.store import AlertFilter, Attempt, Store
from tests.contract.response.street import MINUTE, quiet
from tests.contract.response.test_provider_circuit_opens import CARE, CHEN, THE_CARE, ZHOU, Street, ask_api
from tests.contract.store.conftest import T0
from tests.people import add_family_link

SON, DAUGHTER = "h1/son", "h1/daughter"
ASKED = "alert.follow_up"


class Village(Street):
    """The street whose families are notified of what is critical."""

    def close(self, *, home: str = "h1", setup: ResponseSetup | None = None) -> AlertId:
        """Somebody calls for help, the provider comes, and the desk closes the alert; `setup`: as the settings are then."""
        alert = self.happens(replace(quiet("sos", home, Priority.CRITICAL), at=self.now, since=self.now, onset=self.now))
        self.act(CHEN, actions.AssignVisit(alert, CARE))
        self.visitor(THE_CARE, alert, VisitReport.GO)
        self.visitor(THE_CARE, alert, VisitReport.SEEN, outcome=Outcome.HELPED)
        perform = Perform(self.store, lambda: self.now, setup or ResponseSetup("https://desk.example"))
        perform(CHEN, actions.Acknowledge(alert))
        perform(CHEN, actions.Resolve(alert, Outcome.HELPED, note="helped up"))
        self.take_notices()
        return alert

    def go_to(self, at: int) -> list[tuple[str, str]]:
        """Let the clock go on, and the keeper look once."""
        self.now = at
        actions.watch_follow_ups(self.store, self.perform, self.now)
        return [(who, event) for _, who, event in self.take_notices()]

    def follow_up(self, alert: AlertId) -> FollowUp | None:
        with self.store.read(EVERYTHING) as reader:
            return reader.follow_ups.find(alert)

    def due(self, alert: AlertId) -> int:
        found = self.follow_up(alert)
        assert found is not None
        return found.due_at

    def tap(self, contact: str, alert: AlertId, answer: FollowUpAnswer) -> FollowUp:
        """What a contact presses on the family's page after the closing."""
        token = add_family_link(self.store, alert, contact, self.now)
        self.take_notices()
        caller = identify_family(self.store, token, self.now)
        assert caller is not None
        found = self.act(caller.principal, FamilyForm(after=answer.value).make_action(caller.link_id, caller.timezone))
        assert isinstance(found, FollowUp)
        return found


def test_the_family_is_asked_once_and_says_that_nobody_came(store: Store) -> None:
    village = Village(store)
    alert = village.close()
    assert village.go_to(village.due(alert) - 1) == []
    with pytest.raises(NotAllowed):  # before it is asked
        village.tap(SON, alert, FollowUpAnswer.GOOD)
    assert village.due(alert) >= T0 + DAY_MS
    assert village.go_to(village.due(alert)) == [(DAUGHTER, ASKED), (SON, ASKED)]
    assert village.go_to(village.now + HOUR_MS) == []
    said = village.tap(SON, alert, FollowUpAnswer.NOBODY)
    assert (said.state, said.answer, said.asked, said.answered_by) == (
        FollowUpState.ANSWERED,
        FollowUpAnswer.NOBODY,
        2,
        f"contact:{SON}",
    )
    # the first answer holds, and a second tap is no second complaint
    assert village.tap(DAUGHTER, alert, FollowUpAnswer.GOOD) == said
    assert village.tap(SON, alert, FollowUpAnswer.WRONG) == said
    with store.read(EVERYTHING) as reader:
        (complaint,) = reader.complaints.read_page().items
    assert (complaint.id, complaint.alert_id, complaint.responder, complaint.household) == (said.complaint, alert, CARE, "h1")
    assert complaint.actor == f"contact:{SON}"
    village.watch()
    with store.read(EVERYTHING) as reader:
        tally = reader.providers.tally(CARE, 0)
        found = reader.evidence.compute_report((T0, T0 + 2 * DAY_MS), village.now)
    assert (tally.visits, tally.failed) == (1, 1)
    (care,) = found.providers
    assert (care.provider, care.asked, care.kept, care.failed, care.complaints) == (CARE, 1, 1, 1, 1)
    assert (found.follow_ups.nobody, found.follow_ups.waiting) == (1, 0)
    (by_provider,) = (one for one in found.breakdowns if one.by == "provider")
    assert [group.group for group in by_provider.groups] == [CARE]
    with store.read(Scope(frozenset({AreaId("hill")}))) as reader:
        elsewhere = reader.evidence.compute_report((T0, T0 + 2 * DAY_MS), village.now)
    assert (elsewhere.providers, elsewhere.follow_ups.nobody) == ([], 0)
    assert ("noted", f"contact:{SON}", "follow_up_nobody") in [
        (step.kind.value, step.actor, step.reason.code) for step in village.detail(alert).history
    ]


def test_nobody_answers_and_no_alert_is_opened(store: Store) -> None:
    """Two cases of one home in a day: one message. Its channel is dead, and nobody answers: both run out, and are counted."""
    village = Village(store)
    first = village.close()
    village.now += 30 * MINUTE
    second = village.close()
    village.now = max(village.due(first), village.due(second))
    actions.watch_follow_ups(village.store, village.perform, village.now)
    port = StoreOutbox(store, "test", family_base="https://desk.example")
    leased = port.claim(village.now, 100)
    assert sorted((one.contact, one.alert_id, one.priority_rank) for one in leased) == [
        (DAUGHTER, first, Priority.LOW.rank),
        (SON, first, Priority.LOW.rank),
    ]
    for one in leased:
        port.settle(one, Attempt(village.now, 1, ok=False, error="404", next_due_at=None))
    asked = [village.follow_up(one).asked for one in (first, second)]  # type: ignore[union-attr]
    assert asked == [0, 0], "nobody was reached: the desk calls"
    assert village.go_to(village.now + 4 * DAY_MS) == []
    with store.read(EVERYTHING) as reader:
        over = reader.follow_ups.read_page(FollowUpState.UNANSWERED).items
        assert [one.alert_id for one in over] == [first, second]
        assert reader.follow_ups.read_page(FollowUpState.WAITING).items == ()
        assert reader.alerts.read_page(AlertFilter(is_open=True)).items == ()
    # who looks at the message a week later is heard all the same
    assert village.tap(SON, first, FollowUpAnswer.GOOD).complaint is None


def test_the_desk_asks_and_undoing_a_closing_drops_it(store: Store) -> None:
    village = Village(store)
    alert = village.close()
    village.act(CHEN, actions.Reopen(alert))
    assert village.follow_up(alert) is None
    village.act(CHEN, actions.Resolve(alert, Outcome.FINE, note="she answered"))
    village.now = village.due(alert)
    listed = ask_api(village, "follow-ups", Role.DESK).json()["items"]
    assert [(one["alert_id"], one["state"], one["asked"]) for one in listed] == [(alert, "waiting", 0)]
    path, said = f"follow-ups/{alert}/answer", {"answer": "wrong", "note": "her son: he shouted at her"}
    assert ask_api(village, path, Role.DESK, said | {"note": " "}).status_code == 422
    assert ask_api(village, path, Role.INSTALLER, said).status_code == 403
    answered = ask_api(village, path, Role.DESK, said)
    assert (answered.status_code, answered.json()["answer"]) == (200, "wrong")
    assert ask_api(village, path, Role.DESK, said).status_code == 409
    shown = ask_api(village, "complaints", Role.DESK).json()["items"]
    assert [(one["id"], one["what"], one["responder"]) for one in shown] == [
        (answered.json()["complaint"], "her son: he shouted at her", "care-co")
    ]
    assert ask_api(village, f"alerts/{alert}", Role.DESK).json()["follow_up"]["answer"] == "wrong"
    assert ask_api(village, "follow-ups", Role.DESK).json()["items"] == []
    with pytest.raises(NotAllowed):
        village.act(ZHOU, actions.AnswerFollowUp(alert, FollowUpAnswer.GOOD, "asked her again"))


def test_by_text_message_with_a_code_and_never_by_call(store: Store) -> None:
    """The son has a telephone for messages, the daughter one for calls alone: he gets a code, and the desk asks her."""
    village = Village(store)
    ways = {SON: (Channel("sms", {"phone": "139-0000-0001"}),), DAUGHTER: (Channel("voice", {"phone": "139-0000-0002"}),)}
    with store.begin() as tx:
        fleet = tx.fleet.load()
        homes = [
            replace(home, contacts=tuple(replace(one, channels=ways.get(one.id, one.channels)) for one in home.contacts))
            for home in fleet.households
        ]
        tx.fleet.apply(replace(fleet, households=tuple(homes)), T0)
    choice = PlanChoice(follow_up=FollowUpChoice(after=timedelta(hours=48)))
    setup = ResponseSetup("https://desk.example", PlanBook(areas={"lane": choice}))
    alert = village.close(setup=setup)
    assert village.due(alert) - village.now >= 2 * DAY_MS, "the area says when"
    village.now = village.due(alert)
    actions.watch_follow_ups(village.store, village.perform, village.now)
    (leased,) = StoreOutbox(store, "test", family_base="https://desk.example").claim(village.now, 100)
    assert (leased.contact, leased.channel_kind, leased.event, len(str(leased.payload["code"]))) == (SON, "sms", ASKED, 8)
    found = village.follow_up(alert)
    assert found is not None
    assert found.asked == 1
