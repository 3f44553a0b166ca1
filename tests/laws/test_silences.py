"""Law: nothing that calls for help, and nothing critical, is ever held back by a silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.alert import JUDGING_FAILED, Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.response_plan import is_call_for_help
from homebeat.domain.service_alerts import SERVICE_ALERTS
from homebeat.domain.silence import Silence
from homebeat.response.decide import decide
from homebeat.response.receivers import Place, Receivers
from homebeat.response.situation import Situation
from homebeat.response.stages import hold_back
from homebeat.rules.catalogue import RULES

HOME = HouseholdId("h")
CODES = sorted({*RULES, *SERVICE_ALERTS, JUDGING_FAILED})


def judge(rule: str, priority: Priority, kind: TransitionKind, *, by_area: bool, alters: bool = False) -> tuple[Edge, Situation]:
    subject = Subject(HOME)
    edge = Edge(1, rule, subject, kind, priority, Desk.CARE, 1, Reason("sos"), 1)
    silence = Silence(1, rule, "" if by_area else subject.key, None if by_area else HOME, AreaId("town"), "", "user:a", 0, 9)
    if alters:
        silence = replace(silence, rule="another")
    places: dict[Place, Receivers] = {(HOME, None): Receivers(path=(AreaId("lane"), AreaId("town")))}
    return edge, Situation(receivers=places, now=1, silences=(silence,))


@given(
    st.sampled_from(CODES),
    st.sampled_from(Priority),
    st.sampled_from([TransitionKind.OPENED, TransitionKind.REOPENED]),
    st.booleans(),
)
def test_nothing_that_calls_for_help_is_ever_held_by_a_silence(
    rule: str, priority: Priority, kind: TransitionKind, by_area: bool
) -> None:
    edge, situation = judge(rule, priority, kind, by_area=by_area)
    held = hold_back(situation, edge)
    if is_call_for_help(rule) or priority is Priority.CRITICAL or rule not in RULES:
        assert held is None
        assert decide(situation, edge).changes
    else:
        assert held is not None
        assert (held.stage, held.reason, held.is_stored) == ("silenced", "silenced", True)


@pytest.mark.parametrize("by_area", [True, False])
def test_a_silence_of_another_rule_holds_nothing(by_area: bool) -> None:
    edge, situation = judge("no_water", Priority.HIGH, TransitionKind.OPENED, by_area=by_area, alters=True)
    assert hold_back(situation, edge) is None


def test_a_silence_holds_in_its_area_and_at_its_time_alone() -> None:
    edge, situation = judge("no_water", Priority.HIGH, TransitionKind.OPENED, by_area=True)
    (silence,) = situation.silences
    assert hold_back(replace(situation, receivers={(HOME, None): Receivers(path=(AreaId("hill"),))}), edge) is None
    assert hold_back(replace(situation, receivers={}), edge) is None
    assert [silence.is_active(at) for at in (-1, 0, 8, 9)] == [False, True, True, False]
    assert not replace(silence, lifted_at=3).is_active(4)
