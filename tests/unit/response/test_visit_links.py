"""Where the messages of those who go to the door lead, and what counts as an order to a provider."""

from __future__ import annotations

from typing import Final

import pytest

from homebeat.actions.circuits import list_asked
from homebeat.domain.alert import Alert, Reason, Subject, Transition, open_alert
from homebeat.domain.ids import AreaId, ContactId, HouseholdId
from homebeat.domain.response_plan import Party
from homebeat.domain.service_alerts import make_edge
from homebeat.response.notify import OPENING, notify_taken
from homebeat.response.receivers import Receivers, get_place
from homebeat.response.setup import ResponseSetup
from homebeat.response.step_taken import StepTaken

SETUP: Final = ResponseSetup("https://desk.example")
CARE_CO: Final = (ContactId("/care-co"), "webhook", 0)
LANE: Final = Subject(area=AreaId("lane"))
HOME: Final = Subject(HouseholdId("h-1"))


def open_about(rule: str, subject: Subject) -> tuple[Alert, Transition]:
    return open_alert(make_edge(rule, subject, Reason(rule), 0))


@pytest.mark.parametrize(
    ("rule", "subject", "party", "path"),
    [
        ("contact_unreachable", HOME, Party.PROVIDER, "/v/"),
        ("area_outage", LANE, Party.PROVIDER, "/v/"),
        ("many_quiet", LANE, Party.WORKER, "/v/"),
        ("area_outage", LANE, Party.SUPERVISOR, "/?alert="),
        ("provider_suspended", LANE, Party.PROVIDER, "/?alert="),
    ],
)
def test_whoever_goes_to_the_door_gets_a_page_of_their_own(rule: str, subject: Subject, party: Party, path: str) -> None:
    alert, step = open_about(rule, subject)
    (notice,) = notify_taken([StepTaken(party, [CARE_CO], is_again=False, answer_by=0)], alert, step, OPENING, SETUP)
    assert str(notice.payload["link"]).startswith(f"https://desk.example{path}")


def test_an_alert_about_many_homes_is_no_order() -> None:
    asked = []
    for rule, subject in (("contact_unreachable", HOME), ("area_outage", LANE)):
        alert, step = open_about(rule, subject)
        notices = notify_taken([StepTaken(Party.PROVIDER, [CARE_CO], is_again=False, answer_by=0)], alert, step, OPENING, SETUP)
        receivers = {get_place(subject): Receivers(staff={Party.PROVIDER: [CARE_CO]})}
        asked.append([one.alert_id == alert.id for one in list_asked(notices, [alert], receivers, 0)])
    assert asked == [[True], []]
