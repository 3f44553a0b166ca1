"""What a message given up on does to the alert about it."""

from homebeat.actions.give_up import decide_on_dead_letter
from homebeat.domain.alert import Answer, Condition, Subject, TransitionKind, acknowledge
from homebeat.wording import Wording
from tests.unit.deliver.fakes import HOME, NOON, a_notice


def test_first_one_opens_an_alert() -> None:
    alert, step = decide_on_dead_letter(a_notice(), Subject(HOME), NOON + 1, 14, None)
    assert (alert.version, alert.condition, alert.answer) == (1, Condition.FIRING, Answer.UNACKNOWLEDGED)
    assert (alert.opened_at, alert.since) == (NOON + 1, NOON)
    assert step.kind is TransitionKind.OPENED
    assert "14" in Wording("en").sentence(step.reason, timezone="UTC")


def test_second_one_is_a_line_in_its_history() -> None:
    standing, _ = decide_on_dead_letter(a_notice(), Subject(HOME), NOON + 1, 14, None)
    alert, step = decide_on_dead_letter(a_notice("two"), Subject(HOME), NOON + 2, 1, standing)
    assert (alert.id, alert.version, alert.answer) == (standing.id, 2, Answer.UNACKNOWLEDGED)
    assert (step.kind, step.reason.params["contact"]) == (TransitionKind.NOTED, "contact-two")


def test_one_more_brings_back_an_alert_that_somebody_had_in_hand() -> None:
    standing, _ = decide_on_dead_letter(a_notice(), Subject(HOME), NOON + 1, 14, None)
    taken, _ = acknowledge(standing, NOON + 2, "user:li")
    alert, step = decide_on_dead_letter(a_notice("two"), Subject(HOME), NOON + 3, 1, taken)
    assert (alert.id, alert.answer, alert.owner, step.kind) == (standing.id, Answer.UNACKNOWLEDGED, "", TransitionKind.REOPENED)
