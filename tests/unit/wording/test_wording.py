"""Amounts, names and the choice of language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat import actions
from homebeat.actions.look import LOOK
from homebeat.domain.alert import Answer, Condition, Desk, Outcome, Priority, Reason, TransitionKind
from homebeat.domain.channel import CHANNELS
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import METER_STATUSES, METRIC_BY_NAME
from homebeat.domain.response_plan import Party
from homebeat.domain.role import PERMITTED
from homebeat.store.audit.chain_check import AuditFaultKind
from homebeat.wording import Language, Wording, device_names, names, negotiate, read_terminal_language

ACTIONS = [action.name for name in actions.__all__ if hasattr(action := getattr(actions, name), "run")]

EN = Wording("en")
ZH = Wording("zh-CN")


@pytest.mark.parametrize(
    "seconds, english, chinese",
    [
        (-5, "0 s", "0秒"),
        (0, "0 s", "0秒"),
        (59.9, "59 s", "59秒"),
        (90, "1 min 30 s", "1分钟30秒"),
        (600, "10 min", "10分钟"),
        (3600, "1 h", "1小时"),
        (45_000, "12 h 30 min", "12小时30分钟"),
        (129_600, "36 h", "36小时"),
        (259_199, "71 h 59 min", "71小时59分钟"),
        (273_600, "3 d 4 h", "3天4小时"),
        (float("nan"), "not known", "不详"),
        (float("inf"), "not known", "不详"),
    ],
)
def test_duration(seconds: float, english: str, chinese: str) -> None:
    assert (EN.duration(seconds), ZH.duration(seconds)) == (english, chinese)


@pytest.mark.parametrize(
    "at_ms, timezone, english, chinese",
    [
        (1_772_372_400_000, "Asia/Shanghai", "1 Mar 21:40", "3月1日 21:40"),
        (1_774_746_000_000, "Europe/Berlin", "29 Mar 03:00", "3月29日 03:00"),  # the hour that summer time skips
        (1_774_745_999_000, "Europe/Berlin", "29 Mar 01:59", "3月29日 01:59"),
        (1_772_372_400_000, "Nowhere/Town", "1 Mar 13:40 UTC", "3月1日 13:40 UTC"),
        (1_772_372_400_000, "../etc/passwd", "1 Mar 13:40 UTC", "3月1日 13:40 UTC"),
        (10**20, "UTC", "not known", "不详"),
    ],
)
def test_clock(at_ms: int, timezone: str, english: str, chinese: str) -> None:
    assert (EN.clock(at_ms, timezone), ZH.clock(at_ms, timezone)) == (english, chinese)


@pytest.mark.parametrize(
    "at_ms, timezone, english, chinese",
    [
        (1_772_372_405_999, "Asia/Shanghai", "1 Mar 2026 21:40:05", "2026年3月1日 21:40:05"),
        (1_772_372_405_000, "Nowhere/Town", "1 Mar 2026 13:40:05 UTC", "2026年3月1日 13:40:05 UTC"),
        (10**20, "UTC", "not known", "不详"),
    ],
)
def test_moment(at_ms: int, timezone: str, english: str, chinese: str) -> None:
    assert (EN.moment(at_ms, timezone), ZH.moment(at_ms, timezone)) == (english, chinese)


@pytest.mark.parametrize(
    "table, codes",
    [
        (names.PRIORITIES, Priority),
        (names.DESKS, Desk),
        (names.OUTCOMES, Outcome),
        (names.CONDITIONS, Condition),
        (names.ANSWERS, Answer),
        (names.TRANSITIONS, TransitionKind),
        (device_names.DEVICE_KINDS, DeviceKind),
        (names.PARTIES, Party),
        (names.CHANNELS, CHANNELS),
        (names.QUARANTINE_REASONS, QuarantineReason),
        (device_names.METRICS, METRIC_BY_NAME),
        (device_names.METER_STATUSES, METER_STATUSES),
        (names.ACTIONS, [*ACTIONS, LOOK]),
        (names.AUDIT_FAULTS, AuditFaultKind),
        (names.OPERATIONS, {operation for row in PERMITTED.values() for operation in row.operations}),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_every_code_has_a_name(table: dict[str, str], codes: list[str]) -> None:
    assert {str(code) for code in codes} - set(table) == set()


def test_names_in_both_languages() -> None:
    assert (EN.rule_name("sos"), ZH.rule_name("sos")) == ("SOS pressed", "SOS求助")
    assert (EN.priority("critical"), ZH.priority("critical")) == ("Critical", "特急")
    assert (EN.outcome("away"), ZH.outcome("away")) == ("Confirmed away", "已确认外出")
    assert (EN.queue("care"), ZH.queue("care")) == ("Care desk", "养老值班台")
    assert (EN.value("volume_m3", 482.1254), ZH.value("heart_rate_bpm", 72)) == ("482.125 m³", "72次/分")
    assert EN.rule_name("from_tomorrow") == "from_tomorrow"


def test_unknown_is_never_shown_as_fine_or_away() -> None:
    assert (EN.home_state("unknown"), ZH.home_state("unknown", away=True)) == ("Not known", "情况不明")
    assert (EN.home_state("quiet"), EN.home_state("quiet", away=True)) == ("Quiet over 4 h", "Away")
    assert EN.home_state("active", away=True) == "Sign of life within 4 h"


@pytest.mark.parametrize(
    "header, cookie, chosen",
    [
        (None, None, "en"),
        ("", "", "en"),
        ("fr", None, "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", None, "zh-CN"),
        ("en-GB, zh;q=0.5", None, "en"),
        ("en;q=0.1, zh-Hans-CN;q=0.7", None, "zh-CN"),
        ("zh;q=0, en;q=0.2", None, "en"),
        ("zh", "en", "en"),
        ("en", "zh_CN", "zh-CN"),
        ("zh", "tlh", "zh-CN"),
        ("zh;q=nan, en;q=0.1", None, "en"),
        ("*", None, "en"),
        ("fr," * 99 + "zh", None, "en"),
    ],
)
def test_negotiate(header: str | None, cookie: str | None, chosen: str) -> None:
    assert negotiate(header, cookie) == chosen


@given(st.text(), st.text())
def test_negotiate_never_raises(header: str, cookie: str) -> None:
    assert negotiate(header, cookie) in Language


def test_text_that_is_not_in_the_catalogue_stays_as_it_is() -> None:
    assert EN.text("Not written anywhere") == "Not written anywhere"
    assert EN.text("") == ""
    assert EN.text("100% sure") == "100% sure"
    assert Wording("xx").language is Language.ENGLISH


@pytest.mark.parametrize(
    "environ, language",
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh-CN"),
    ],
)
def test_the_terminals_language(environ: dict[str, str], language: str) -> None:
    assert read_terminal_language(environ) == language


def test_a_home_in_which_somebody_works_on_devices_says_so() -> None:
    reason = Reason(
        "no_sign_of_life_ever", {"quiet_s": 43_200, "limit_s": 43_200, "proven_at": 0, "maintained_at": 1_772_372_400_000}
    )
    english, chinese = (words.sentence(reason, timezone="Asia/Shanghai") for words in (EN, ZH))
    assert english.endswith("Work on devices here is planned until 1 Mar 21:40: they may be why. Somebody still has to look.")
    assert chinese.endswith("这里的设备计划检修至3月1日 21:40，可能与此有关，但仍需核查。")
