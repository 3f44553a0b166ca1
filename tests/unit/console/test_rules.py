"""The pages of rules: what holds and from where; a change by one person or two; hostile text stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from homebeat.backtest.report import Comparison, Difference, OutcomeMatch, QuestionLoad, ResidentChange, RuleLoad, Variant, Waits
from homebeat.backtest.request import Backtest, BacktestRequest, BacktestState
from homebeat.console.rules.about import tell_about
from homebeat.console.rules.names import name_setting, read_span, write_span
from homebeat.domain.errors import NotAllowed
from homebeat.domain.fleet import Fleet
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import SettingChange
from homebeat.rules.catalogue import RULES
from homebeat.settings.plan import find_kinds
from homebeat.wording import Wording
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import web
from tests.unit.api.street import NOON, Clock, Street, fleet
from tests.unit.console.fixtures import console_app, csrf_of

EN = {"Accept-Language": "en"}
PAGE = "/settings/rules/no_water?area=lane"


def enter(guest: TestClient, street: Street, name: str, role: str = "supervisor@town") -> None:
    with street.store.read(EVERYTHING) as reader:
        known = reader.accounts.find(name)
    if known is None:
        add_account(street.store, name, role)
    guest.cookies.clear()
    assert sign_in(guest, street.store, name).status_code == 303


def send(guest: TestClient, path: str, **fields: str) -> tuple[int, str]:
    csrf = csrf_of(guest.get("/account").text)
    answer = guest.post(path, data={"csrf": csrf, "area": "lane", **fields}, headers=EN)
    return answer.status_code, answer.text


def change(guest: TestClient, newest: str = "0", rule: str = "no_water", **fields: str) -> tuple[int, str]:
    typed = {f"rule.{name}": value for name, value in fields.items() if name != "reason"}
    return send(guest, "/console/rules", rule=rule, newest=newest, reason=fields.get("reason", ""), **typed)


def in_force(street: Street) -> list[SettingChange]:
    with street.store.read(EVERYTHING) as reader:
        return reader.setting_changes.list_in_force()


def test_one_person_changes_a_small_area_sees_from_where_it_comes_and_undoes(guest: TestClient, street: Street) -> None:
    enter(guest, street, "ann")
    page = guest.get(PAGE, headers=EN).text
    assert ('name="rule.litres" value="10"' in page, "in force at once" in page, "from: default" in page) == (True, True, True)
    hostile = '"><script>alert(1)</script>'
    assert change(guest, enabled="yes", litres="4,5", window="1 d", reason=hostile)[0] == 303
    (held,) = in_force(street)
    assert (held.area, held.after) == ("lane", {"enabled": True, "litres": 4.5, "window": "P1D"})
    page = guest.get("/settings/rules?area=lane", headers=EN).text
    assert "console · Plum Lane · ann" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "not tried on the past" in page
    assert change(guest, litres="3")[0] == 409, "made from what was there before"
    assert send(guest, f"/console/settings/{held.id}/undo")[0] == 303
    assert in_force(street)[0].after is None
    # what an empty field, or one that says what lies beneath, says: nothing
    status, text = change(guest, str(in_force(street)[0].id), litres="10", window="")
    assert (status, "this is what holds already" in text) == (422, True)


def test_what_cannot_be_used_is_said_at_its_field_and_what_was_typed_stays(guest: TestClient, street: Street) -> None:
    enter(guest, street, "ann")
    status, page = change(guest, litres="many", window="soon", reason="why not")
    assert (status, page.count("aria-invalid=true")) == (422, 2)
    assert ('value="many"' in page, 'value="why not"' in page, "such as 8 h" in page) == (True, True, True)
    assert change(guest, window="900 d")[0] == 422
    status, page = change(guest, rule="sos", enabled="no")
    assert (status, in_force(street)) == (422, [])
    assert "Only the settings file can change this rule." in page
    assert guest.get("/settings/rules/no_such_rule?area=lane").status_code == 404
    assert guest.get("/settings/rules?area=nowhere").status_code == 404
    assert guest.post("/console/rules", data={"rule": "no_water", "newest": "0"}).status_code == 403


def test_a_large_one_takes_a_second_person(guest: TestClient, street: Street) -> None:
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(fleet(0).areas, fleet(21).households), NOON)
    enter(guest, street, "ann")
    assert change(guest, enabled="yes", reason="frost")[0] == 303
    assert in_force(street) == []
    number = re.search(r"/console/settings/(\d+)/withdraw", guest.get(PAGE).text)
    assert number is not None
    decide = f"/console/settings/{number[1]}/decide"
    status, page = send(guest, decide, accepts="yes")
    assert (status, "another person decides" in page, in_force(street)) == (403, True, [])
    enter(guest, street, "bo")
    assert "wait for a second person: 1" in guest.get("/supervisor", headers=EN).text
    assert decide in guest.get("/settings/rules?area=lane").text
    assert send(guest, decide)[0] == 422, "to refuse, say why"
    assert send(guest, decide, accepts="yes")[0] == 303
    assert [one.decided_by for one in in_force(street)] == ["user:bo"]


def test_whoever_has_one_area_sees_it_and_changes_nothing_everywhere(guest: TestClient, street: Street) -> None:
    enter(guest, street, "near", "supervisor@lane")
    page = guest.get("/settings/rules", headers=EN).text
    assert '<option value="">' not in page
    assert guest.get("/settings/rules?area=other").status_code == 404
    csrf = csrf_of(guest.get("/account").text)
    refused = guest.post("/console/rules", data={"csrf": csrf, "rule": "no_water", "newest": "0", "area": "", "rule.litres": "5"})
    assert (refused.status_code, in_force(street)) == (403, [])
    links = re.findall(r'<li><a href="(/settings/[a-z]+)"', guest.get("/settings").text)
    assert links == ["/settings/rules", "/settings/plans", "/settings/guides", "/settings/rotas", "/settings/channels"]


@pytest.mark.parametrize(
    "language, said",
    [
        ("en", ["Volume of the home below “Alert below so many litres”", "0 to 1000000", "for example 11"]),
        ("zh-CN", ["家里在“统计时长”内的用水量低于", "0到1000000", "例如11"]),
    ],
)
def test_beside_the_fields_stands_what_the_rule_does_and_what_its_values_may_be(
    guest: TestClient, street: Street, language: str, said: list[str]
) -> None:
    enter(guest, street, "ann")
    page = guest.get(PAGE, headers={"Accept-Language": language}).text
    assert [text for text in said if text not in page] == []
    assert "`" not in page


def test_what_the_console_does_not_say_is_named_with_its_value(guest: TestClient, street: Street) -> None:
    enter(guest, street, "ann")
    assert change(guest, litres="4")[0] == 303
    page = guest.get("/settings/rules?area=lane", headers=EN).text
    assert "Alert below so many litres: from as without the console (now 10) to 4" in page


@pytest.mark.parametrize("code", RULES)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_rule_says_in_plain_words_what_it_does(language: str, code: str) -> None:
    words = Wording(language)
    about = tell_about(RULES[code], RULES, words)
    texts = [about.does, *(text for _heading, text in about.more)]
    assert (len(texts), [text for text in texts if "`" in text or "*" in text]) == (4, [])
    assert all((max(text) >= "\u4e00") == (language == "zh-CN") for text in texts)


@pytest.mark.parametrize("seconds", [1, 90, 5_400, 129_600, 2_419_200])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_duration_is_read_as_it_is_written(language: str, seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert read_span(write_span(span, Wording(language))) == span


@pytest.mark.parametrize("text", ["", "8", "h", "8 x", "8 h soon", "-8 h", "0 h", "P", "八 h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        read_span(text)


def test_every_setting_of_every_rule_has_a_name() -> None:
    words = Wording("en")
    settings = [(code, name) for code, rule in RULES.items() for name in find_kinds(rule)]
    assert [one for one in settings if name_setting(*one, words) == one[1]] == []


class Trials:
    """Runs back-tests that are over as soon as somebody looks for the second time."""

    def __init__(self) -> None:
        self.begun: list[Backtest] = []
        self.looks = 0

    def start(self, request: BacktestRequest, asked_by: str) -> Backtest:
        if self.begun and self.looks < 2:
            raise NotAllowed("one runs")
        self.begun.append(Backtest("b1", request, asked_by, BacktestState.RUNNING, 0.25, NOON))
        self.looks = 0
        return self.begun[-1]

    def get(self, name: str) -> Backtest | None:
        self.looks += 1
        if name != "b1" or not self.begun:
            return None
        return replace(self.begun[-1], state=BacktestState.DONE, result=RESULT) if self.looks > 4 else self.begun[-1]

    def stop(self, name: str) -> Backtest | None:
        return self.get(name)


def variant(name: str, alerts: int, kept: int, mean_h: float) -> Variant:
    answers = [OutcomeMatch("true", 3, kept, 0, 0, None), OutcomeMatch("false", 9, 4, 0, 0, None)]
    load = RuleLoad("no_water", "care", alerts, alerts / 12)
    return Variant(name, [], [load], QuestionLoad(0, 0.0, 0), Waits(900, 0, mean_h, 20.0, 30.0, 0.5), 0.4, answers, 0)


RESULT = Comparison(
    *("lane", "2026-01-01T00:00:00Z", "2026-02-26T00:00:00Z", 56.0, 28.0, 6, 6, 11.2, 9_999),
    variants=[variant("in force", 16, 3, 6.0), variant("no_water.litres=4", 8, 2, 9.0)],
    differences=[Difference("x", [], 1, [ResidentChange("r-0", 9, 1, 5.0, 8.0)], [], [], 0)],
    fixed_limits=[],
    closed_alerts=12,
)


def test_a_change_is_tried_and_what_came_of_it_stands_beside_it_and_on_record(street: Street, clock: Clock) -> None:
    trials = Trials()
    with web(console_app(street, clock, backtests=trials), follow_redirects=False) as guest:
        enter(guest, street, "ann")
        csrf = csrf_of(guest.get("/account").text)
        form = {"csrf": csrf, "area": "lane", "rule": "no_water", "newest": "0", "rule.litres": "4"}
        begun = guest.post("/console/rules", data={**form, "do": "try"})
        assert (begun.status_code, begun.headers["location"]) == (303, f"{PAGE}&trial=b1")
        assert (trials.begun[0].request.area, trials.begun[0].request.settings) == (
            "lane",
            {"areas.lane.rules.no_water.litres": 4.0},
        )
        assert guest.post("/console/rules", data={**form, "do": "try"}).status_code == 409, "one at a time"
        running = guest.get(f"{PAGE}&trial=b1", headers=EN)
        assert ("Running: 25%" in running.text, running.headers["refresh"]) == (True, "5")
        assert 'name="reason"' not in running.text, "what the page wipes with each refresh is not offered to be typed"
        trials.looks = 9
        page = guest.get(f"{PAGE}&trial=b1", headers=EN)
        assert "refresh" not in page.headers
        for said in ('value="4"', "although help was needed: 1", "Lin Yue", "9 → 1", "<svg", "2 / 3"):
            assert said in page.text, said
        assert "Tried on the past" not in guest.get("/settings/rules/no_water?area=other&trial=b1", headers=EN).text
        # other values than those that were tried were not tried
        assert guest.post("/console/rules", data={**form, "rule.litres": "5", "trial": "b1"}).status_code == 303
        assert in_force(street)[0].tried is None
        trials.begun[0] = replace(trials.begun[0], request=replace(trials.begun[0].request))
        newest = str(in_force(street)[0].id)
        assert guest.post("/console/rules", data={**form, "newest": newest, "trial": "b1"}).status_code == 303
        tried = in_force(street)[0].tried
        assert tried is not None
        assert (tried["before"], tried["after"], tried["missed"]) == (2.0, 1.0, 1)
        assert "2.0 alerts a week before, 1.0 after" in guest.get("/settings/rules?area=lane", headers=EN).text


def test_everything_that_was_typed_comes_back_with_the_trial_and_with_an_error(street: Street, clock: Clock) -> None:
    trials = Trials()
    with web(console_app(street, clock, backtests=trials), follow_redirects=False) as guest:
        enter(guest, street, "ann")
        typed = {"rule.litres": " 4,0", "rule.window": "720 min", "reason": "frost is coming"}
        form = {"csrf": csrf_of(guest.get("/account").text), "area": "lane", "rule": "no_water", "newest": "0", **typed}
        assert guest.post("/console/rules", data={**form, "do": "try"}).status_code == 303
        trials.looks = 0
        refused = guest.post("/console/rules", data={**form, "do": "try"}, headers=EN)
        assert (refused.status_code, "Only one runs" in refused.text) == (409, True)
        trials.looks = 9
        done = guest.get(f"{PAGE}&trial=b1", headers=EN).text
        for page in (refused.text, done):
            assert [f'value="{text}"' in page for text in typed.values()] == [True, True, True]
        # somebody changes it meanwhile: what was typed over other values is not put in force
        assert change(guest, litres="3")[0] == 303
        newest = re.search(r'name="newest" value="(\d+)"', guest.get(f"{PAGE}&trial=b1").text)
        assert newest is not None
        late = guest.post("/console/rules", data={**form, "newest": newest[1], "trial": "b1"}, headers=EN)
        assert (late.status_code, 'value="frost is coming"' in late.text) == (409, True)
        enter(guest, street, "bo")
        page = guest.get(f"{PAGE}&trial=b1", headers=EN).text
        assert ('value="4"' in page, "frost" in page) == (True, False), "a reason comes back to whoever typed it"
        assert "This trial is not known any more" in guest.get(f"{PAGE}&trial=b0", headers=EN).text


def test_who_sees_no_habits_sees_nobody_beside_the_change(street: Street, clock: Clock) -> None:
    trials = Trials()
    with web(console_app(street, clock, backtests=trials), follow_redirects=False) as guest:
        enter(guest, street, "root", "admin")
        csrf = csrf_of(guest.get("/account").text)
        form = {"csrf": csrf, "area": "lane", "rule": "no_water", "newest": "0", "rule.litres": "4", "do": "try"}
        assert guest.post("/console/rules", data=form).status_code == 303
        trials.looks = 9
        page = guest.get(f"{PAGE}&trial=b1", headers=EN).text
        assert ("9 → 1" in page, "[hidden from your role]" in page) == (False, True)
