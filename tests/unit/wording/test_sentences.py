"""Golden sentences: every reason code in both languages, on the clock of a home in Shanghai."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.alert import Reason
from homebeat.wording import Wording
from homebeat.wording.language import Language
from homebeat.wording.sentences import SENTENCES
from tests.unit.wording.golden_alarms import ALARMS, EVENING, MORNING, H
from tests.unit.wording.golden_life import OF_LIFE
from tests.unit.wording.golden_plans import OF_PLANS
from tests.unit.wording.golden_service import OF_THE_SERVICE

GOLDEN: list[tuple[str, dict[str, float | int | str], str, str]] = [
    *ALARMS,
    *OF_LIFE,
    *OF_THE_SERVICE,
    (
        "night_use_drift",
        {"usual": 1.2, "now": 3.1},
        "Usually active in 1.2 of the five hours after midnight; in 3.1 over the last five nights.",
        "平时0点到5点这5个小时里约有1.2个小时有动静，最近五晚平均3.1个小时。",
    ),
    (
        "resting_heart_rate_drift",
        {"usual": 61, "now": 70.6},
        "The heart rate at rest is usually 61 a minute at night; over the last two nights it was 71.",
        "平时夜间静息心率约每分钟61次，最近两晚平均71次。",
    ),
    (
        "first_use_late",
        {"usual_minute": 400, "now_minute": 545},
        "The first sign of life of the day usually comes at 06:40; over the last five days at 09:05.",
        "平时每天约06:40有第一次动静，最近五天平均推迟到09:05。",
    ),
    (
        "steps_drift",
        {"usual": 4200, "now": 1800},
        "Usually 4,200 steps a day; over the last five days 1,800.",
        "平时每天约走4,200步，最近五天平均每天1,800步。",
    ),
    (
        "volume_falls",
        {"usual": 630, "now": 280},
        "The home usually uses 630 L of water a week; over the last seven days only 280 L.",
        "家中平时每周约用水630升，最近七天只有280升。",
    ),
    (
        "volume_rises",
        {"usual": 630, "now": 1680},
        "The home usually uses 630 L of water a week; over the last seven days it was 1,680 L.",
        "家中平时每周约用水630升，最近七天用了1,680升。",
    ),
    (
        "no_sign_of_life",
        {"quiet_s": 12.5 * H, "limit_s": 12 * H, "life_at": EVENING, "proven_at": MORNING},
        (
            "Quiet at home for 12 h 30 min (alert after 12 h): the last sign of life was at 1 Mar 21:40, and the devices were "
            "still working at 2 Mar 10:02. Please call or visit."
        ),
        (
            "家中已12小时30分钟没有动静（超过12小时即告警），最近一次动静在3月1日 21:40；设备截至3月2日 10:02工作正常。"
            "请联系老人或上门核查。"
        ),
    ),
    (
        "no_sign_of_life_door",
        {"quiet_s": 8.5 * H, "limit_s": 8 * H, "life_at": EVENING, "proven_at": MORNING},
        (
            "Quiet at home for 8 h 30 min since a door moved at 1 Mar 21:40 (alert after a door: 8 h): out for unusually long, "
            "or in need of help. The devices were still working at 2 Mar 10:02. Please call or visit."
        ),
        (
            "3月1日 21:40房门开关之后，家中已8小时30分钟没有动静（开门后超过8小时即告警）：可能外出未归，也可能需要帮助。"
            "设备截至3月2日 10:02工作正常。请联系老人或上门核查。"
        ),
    ),
    (
        "no_sign_of_life_not_worn",
        {"quiet_s": 8.5 * H, "unworn_s": 6 * H, "limit_s": 8 * H, "life_at": EVENING, "proven_at": MORNING},
        (
            "Quiet at home for 8 h 30 min; for 6 h of it the band was not worn and could show nothing (alert because of that "
            "after 8 h). The last sign of life was at 1 Mar 21:40, and a device was still working at 2 Mar 10:02. Please call "
            "or visit."
        ),
        (
            "家中已8小时30分钟没有动静，其中6小时手环没有戴在手上、测不到动静（因此超过8小时才告警），最近一次动静在3月1日 "
            "21:40；截至3月2日 10:02仍有设备工作正常。请联系老人或上门核查。"
        ),
    ),
    (
        "no_sign_of_life_usual",
        {
            "quiet_s": 12.5 * H,
            "limit_s": 10 * H,
            "life_at": EVENING,
            "proven_at": MORNING,
            "usual_from_minute": 370,
            "usual_to_minute": 440,
            "days": 27,
            "of_days": 30,
        },
        (
            "Quiet at home for 12 h 30 min (alert after 10 h): the last sign of life was at 1 Mar 21:40, and the devices were "
            "still working at 2 Mar 10:02. On 27 of the last 30 days the first one came between 06:10 and 07:20. Please call "
            "or visit."
        ),
        (
            "家中已12小时30分钟没有动静（超过10小时即告警），最近一次动静在3月1日 21:40；设备截至3月2日 10:02工作正常。"
            "平时（最近30天里有27天）在06:10到07:20之间就有第一次动静。请联系老人或上门核查。"
        ),
    ),
    (
        "no_sign_of_life_ever",
        {"quiet_s": 12 * H, "limit_s": 12 * H, "proven_at": MORNING},
        (
            "Quiet at home for 12 h (alert after 12 h), and no sign of life since watching began; the devices were still "
            "working at 2 Mar 10:02. Please call or visit."
        ),
        (
            "家中已12小时没有动静（超过12小时即告警），接入监测以来还没有过动静；设备截至3月2日 10:02工作正常。"
            "请联系老人或上门核查。"
        ),
    ),
    (
        "no_sign_of_life_pulses",
        {"quiet_s": 20 * H, "limit_s": 20 * H, "life_at": EVENING, "pulse_at": MORNING},
        (
            "Quiet at home for 20 h (alert after 20 h): since 1 Mar 21:40 the water meter has moved by single counts only, the "
            "last at 2 Mar 10:02, as a dripping tap makes it. Please call or visit."
        ),
        (
            "家中已20小时没有动静（超过20小时即告警）：3月1日 21:40之后水表只是零星地走一个字（最近一次在3月2日 10:02），"
            "像是滴漏，不算动静。请联系老人或上门核查。"
        ),
    ),
    (
        "no_water",
        {"litres": 9.0, "limit_litres": 10.0, "window_s": 12 * H},
        "Only 9 L of water used in the last 12 h (alert below 10 L).",
        "最近12小时只用水9升，不到告警线10升。",
    ),
    (
        "water_running",
        {"run_s": 26 * H, "flow_lph": 4.04, "usual_s": 19 * H},
        (
            "Water has been running for 26 h without a pause, at least 4 L an hour; the longest that is usual here is 19 h. A "
            "leak, a tap left open, or somebody who cannot get to it: call the resident first."
        ),
        "水已不停流了26小时，每小时至少4升；这户平时连续用水最长19小时。可能漏水或水龙头没关，也可能老人没法去关，请先联系老人。",
    ),
    (
        "water_running_new",
        {"run_s": 36.5 * H, "flow_lph": 1.25, "limit_s": 36 * H},
        (
            "Water has been running for 36 h 30 min without a pause (alert after 36 h), at least 1.2 L an hour. A leak, a tap "
            "left open, or somebody who cannot get to it: call the resident first."
        ),
        "水已不停流了36小时30分钟（超过36小时即告警），每小时至少1.2升。可能漏水或水龙头没关，也可能老人没法去关，请先联系老人。",
    ),
    (
        "water_running_strong",
        {"run_s": 11 * H, "flow_lph": 10.04, "usual_s": 3 * H},
        (
            "For 11 h the water meter has counted at least 10 L in every hour; the longest such spell that is usual here is 3 "
            "h. A leak, a tap left open, or somebody who cannot get to it: call the resident first."
        ),
        "水表已连续11小时每小时至少走10升；这户平时这样用水最长3小时。可能漏水或水龙头没关，也可能老人没法去关，请先联系老人。",
    ),
    (
        "area_outage",
        {"homes": 8, "since_at": EVENING, "list": "h-3, h-1"},
        (
            "No water has run in any of 8 homes since 1 Mar 21:40, though their meters are heard: is the water shut off? "
            "Longest without a sign of life first: h-3, h-1."
        ),
        "自3月1日 21:40起，8户的水表都正常上报，却没有一户用水，可能停水。没有动静最久的排在最前：h-3、h-1。",
    ),
    (
        "area_outage_over",
        {"since_at": EVENING},
        "Water runs again, after it had not since 1 Mar 21:40.",
        "自3月1日 21:40起停水，现已恢复用水。",
    ),
    (
        "gateway_down",
        {"homes": 6, "since_at": EVENING, "list": "h-3, h-1"},
        (
            "The devices of 6 homes have been silent since 1 Mar 21:40: a gateway, the radio network or the power? "
            "These homes are not watched meanwhile. Longest without a sign of life first: h-3, h-1."
        ),
        (
            "自3月1日 21:40起，6户的设备同时离线，可能是网关、无线网络或停电；这期间监测不到这些住户。"
            "没有动静最久的排在最前：h-3、h-1。"
        ),
    ),
    (
        "gateway_down_over",
        {"since_at": EVENING},
        "The devices are heard again, after they had been silent since 1 Mar 21:40.",
        "设备自3月1日 21:40起离线，现已恢复上报。",
    ),
    (
        "water_dripping",
        {"every_s": 5 * H, "days": 10},
        (
            "For 10 days the water meter has never stood still for longer than 5 h: a dripping tap or cistern? "
            "Until it is mended, a single count of the meter is not taken for a sign of life."
        ),
        "10天来，水表每次静止都没有超过5小时，可能是水龙头或水箱滴漏。修好之前，水表单独走一个字不算动静。",
    ),
    (
        "water_surge",
        {"litres": 1230, "window_s": 2 * H, "limit_litres": 1000},
        "1,230 L of water used within 2 h (alert above 1,000 L): a burst pipe, or a tap left open? Call the resident first.",
        "2小时内用水1,230升（超过1,000升即告警）。可能水管破裂或水龙头没关，请先联系老人。",
    ),
    (
        "limits_none",
        {},
        "This person's routine is not known yet: the general limit applies.",
        "还没有掌握老人的作息，暂按统一时限告警。",
    ),
    (
        "limits_prior",
        {"days": 3, "longest_s": 12 * H},
        (
            "Too little is known of this person's routine yet (days of data: 3), so the general limit applies: an alert after "
            "12 h of quiet at home."
        ),
        "对老人的作息了解还不够（仅3天），暂按统一时限：家中12小时没有动静就告警。",
    ),
    (
        "limits_learned",
        {"days": 54, "signs": 18.5, "shortest_s": 4.5 * H, "longest_s": 10 * H},
        (
            "Learned from 54 days (active in about 18 half hours a day): an alert after 4 h 30 min to 10 h of quiet at home, "
            "depending on the time of day."
        ),
        "根据54天的作息（每天约18个时段有动静，每半小时算一个时段）：家中4小时30分钟到10小时没有动静就告警，随时段不同。",
    ),
    (
        "limits_learned_usual",
        {
            "days": 54,
            "signs": 18.5,
            "shortest_s": 4.5 * H,
            "longest_s": 10 * H,
            "from_minute": 370,
            "to_minute": 440,
            "first_days": 27,
            "of_days": 30,
        },
        (
            "On 27 of the last 30 days the first sign of life came between 06:10 and 07:20. Learned from 54 days (active in "
            "about 18 half hours a day): an alert after 4 h 30 min to 10 h of quiet at home, depending on the time of day."
        ),
        (
            "最近30天里有27天，第一次动静在06:10到07:20之间。根据54天的作息（每天约18个时段有动静，"
            "每半小时算一个时段）：家中4小时30分钟到10小时没有动静就告警，随时段不同。"
        ),
    ),
    (
        "low_at_home_unknown",
        {"longest_s": 24 * H},
        (
            "No device shows whether this person is at home, so an outing looks like a quiet home: an alert may come only "
            "after 24 h. With a door contact or a band it comes much earlier."
        ),
        "家中设备判断不了老人是否在家，外出和在家没动静分不清，最长要24小时才会告警。加装门磁或手环可以明显提前。",
    ),
    (
        "low_few_signs",
        {"longest_s": 12 * H},
        (
            "Too little is seen of this person to notice early that something is wrong: an alert may come only after 12 h. "
            "With another device or a finer meter it comes earlier."
        ),
        "能监测到的动静太少，难以及早发现异常，最长要12小时才会告警。加装设备或换更精细的水表可以提前。",
    ),
    (
        "heart_rate_high",
        {"value": 132, "limit": 120, "hold_s": 600},
        "Heart rate 132 a minute, above the limit of 120 for 10 min.",
        "心率每分钟132次，高于告警线120次，已持续10分钟。",
    ),
    (
        "heart_rate_low",
        {"value": 38, "limit": 40, "hold_s": 0},
        "Heart rate 38 a minute, below the limit of 40.",
        "心率每分钟38次，低于告警线40次。",
    ),
    (
        "spo2_low",
        {"value": 86, "limit": 90, "hold_s": 300},
        "Blood oxygen 86%, below the limit of 90% for 5 min.",
        "血氧86%，低于告警线90%，已持续5分钟。",
    ),
    (
        "threshold_above",
        {"metric": "body_temperature_c", "value": 38.51, "limit": 38, "hold_s": 900},
        "Body temperature is 38.5 °C, above the limit of 38 °C for 15 min.",
        "体温为38.5℃，高于告警线38℃，已持续15分钟。",
    ),
    (
        "threshold_below",
        {"metric": "spo2_pct", "value": 88, "limit": 90, "hold_s": 0},
        "Blood oxygen is 88%, below the limit of 90%.",
        "血氧为88%，低于告警线90%。",
    ),
    (
        "device_silent",
        {"silent_s": 3 * H + 600, "heard_at": EVENING},
        (
            "The device has been silent for 3 h 10 min; it was last heard at 1 Mar 21:40. Nothing is known from it since; that "
            "does not mean that the resident is quiet."
        ),
        "设备已离线3小时10分钟，最近一次上报在3月1日 21:40；离线期间没有它的数据，不代表老人没有动静。",
    ),
    (
        "device_never_heard",
        {"silent_s": 4 * 24 * H},
        "The device has not been heard once in the 4 d since it was registered.",
        "设备登记已4天，还没有上报过数据。",
    ),
    (
        "device_battery_low",
        {"battery_pct": 14, "limit": 15},
        "The device's battery is down to 14% (alert at 15%). Please have it charged or replaced.",
        "设备电量只剩14%（降到15%即告警），请尽快充电或安排更换电池。",
    ),
    (
        "not_worn",
        {"off_s": 5 * H, "since_at": EVENING},
        "The band has not been worn for 5 h, since 1 Mar 21:40: it could report no SOS, no fall and no heart rate in that time.",
        "手环自3月1日 21:40起没有佩戴，已5小时；这期间SOS、跌倒、心率都监测不到。",
    ),
    (
        "meter_fell",
        {"before": 482.125, "after": 0.2},
        "The water meter's total went back from 482.125 m³ to 0.2 m³: a new meter, or a fault?",
        "水表读数从482.125立方米变小为0.2立方米，可能换过表，也可能是故障。",
    ),
    (
        "meter_jumped",
        {"litres": 50000, "span_s": H},
        "The water meter's total jumped by 50,000 L within 1 h, more than a home can use.",
        "水表读数在1小时内跳增50,000升，超出一户可能的用量。",
    ),
    ("meter_status", {"status": "blocked"}, "The water meter reports a fault: blocked.", "水表上报故障：表内卡滞。"),
    (
        "unknown_too_long",
        {"unknown_s": 24 * H, "limit_s": 24 * H, "proven_at": EVENING},
        (
            "For 24 h nothing has shown whether all is well (alert after 24 h); the devices last worked for certain at 1 Mar "
            "21:40. Please call or visit."
        ),
        "已有24小时无法判断老人是否平安（超过24小时即告警）；设备最近一次正常上报在3月1日 21:40。请联系老人或上门核查。",
    ),
    (
        "unknown_never",
        {"unknown_s": 24 * H, "limit_s": 24 * H},
        (
            "For 24 h nothing has shown whether all is well (alert after 24 h), and no device has worked for certain yet. "
            "Please call or visit."
        ),
        "已有24小时无法判断老人是否平安（超过24小时即告警），设备还没有正常上报过。请联系老人或上门核查。",
    ),
    (
        "judging_failed",
        {"rules": "sos,closing"},
        "homebeat fails at this home and is blind there: SOS pressed, Closing the day. Ask how things are, and report it.",
        "程序自身出错，这一户的以下项目暂时无法判断：SOS求助、每日汇总。请先联系老人确认情况，并联系技术人员。",
    ),
    ("judging_works", {}, "homebeat can judge this home again.", "这一户已恢复正常判断。"),
    (
        "reason_lost",
        {"rule": "sos"},
        "SOS pressed. The details could not be worked out or kept.",
        "SOS求助。具体原因未能得出或保存。",
    ),
    (
        "cleared",
        {"rule": "water_running"},
        "The cause of this alert is over: Water keeps running.",
        "触发告警的情况已消失：用水一直不停。",
    ),
    (
        "left_the_registry",
        {"rule": "water_running"},
        (
            "The home, the person or the device is no longer registered, so homebeat cannot tell whether this is over: "
            "Water keeps running."
        ),
        "该户、老人或设备已不在登记中，系统不再监测，无法判断是否已恢复：用水一直不停。",
    ),
    (
        "rule_switched_off",
        {"rule": "water_running"},
        "The rule is switched off for this home now, so homebeat cannot tell whether this is over: Water keeps running.",
        "这一户已停用此规则，系统不再监测，无法判断是否已恢复：用水一直不停。",
    ),
    (
        "consent_withdrawn",
        {"rule": "spo2"},
        "A resident withdrew consent to what this alert rests on. homebeat cannot tell whether this is over: Blood oxygen low.",
        "老人已撤回对这条告警所依据数据的同意，系统无法判断情况是否已经解除：血氧偏低。",
    ),
    ("life_again", {"life_at": MORNING}, "There was a sign of life again at 2 Mar 10:02.", "3月2日 10:02，又有了动静。"),
    (
        "late_data",
        {"life_at": EVENING},
        "Readings that came in late show a sign of life at 1 Mar 21:40, before this alert was opened.",
        "补传数据显示，告警产生之前，3月1日 21:40曾有动静。",
    ),
    (
        "help_cancelled",
        {"at": EVENING},
        "The call for help was cancelled on the device at 1 Mar 21:40, perhaps by somebody else. Please call to make sure.",
        "3月1日 21:40，有人在设备上取消了求助，仍需联系本人确认。",
    ),
    ("device_back", {"heard_at": MORNING}, "The device was heard again at 2 Mar 10:02.", "3月2日 10:02，设备恢复上报。"),
    (
        "resolved_already",
        {"since_at": MORNING},
        "What this alert is about was reported once more (since 2 Mar 10:02), after somebody had closed it.",
        "这条告警办结之后，同一情况（3月2日 10:02起）又上报过一次。",
    ),
    (
        "again",
        {"since_at": MORNING},
        "It happened again at 2 Mar 10:02, while this alert was waiting or had just been taken.",
        "3月2日 10:02再次触发，当时这条告警正待接单或刚被接单。",
    ),
    ("taken", {}, "Somebody has taken this alert.", "已有人接单。"),
    ("answered", {}, "Somebody has closed this alert with an outcome.", "已办结，结果已登记。"),
    *OF_PLANS,
    ("given_back", {}, "Whoever had taken this alert has given it back to the queue.", "接单人已退单，等待他人接单。"),
    ("taken_back", {}, "This alert was closed by mistake and is open again.", "误办结已撤销，继续处置。"),
    ("note", {}, "A note was added.", "已添加跟进记录。"),
    (
        "delivery_failed",
        {"attempts": 14, "contact": "c-7"},
        "A contact could not be notified (14 attempts). Please call them.",
        "有一位联系人自动通知失败（共尝试14次），请打电话告知。",
    ),
]


@pytest.mark.parametrize("code, params, english, chinese", GOLDEN, ids=[row[0] for row in GOLDEN])
def test_golden(code: str, params: dict[str, float | int | str], english: str, chinese: str) -> None:
    reason = Reason(code, params)
    assert Wording("en").sentence(reason, timezone="Asia/Shanghai") == english
    assert Wording("zh-CN").sentence(reason, timezone="Asia/Shanghai") == chinese


def test_every_code_has_a_golden_sentence() -> None:
    assert {row[0] for row in GOLDEN} == set(SENTENCES)


def test_unknown_code_is_shown_as_it_is() -> None:
    assert Wording("en").sentence(Reason("brand_new", {"x": 1}), timezone="UTC") == "Reason: brand_new."
    assert Wording("zh").sentence(Reason("brand_new"), timezone="UTC") == "原因：brand_new。"


def test_missing_parameter_keeps_the_sentence() -> None:
    assert Wording("en").sentence(Reason("sos"), timezone="UTC") == "The SOS button was pressed at not known."


PARAMETERS = sorted({name for _code, params, _english, _chinese in GOLDEN for name in params})
VALUES = st.one_of(st.integers(), st.floats(), st.text(max_size=20))


@given(
    st.one_of(st.sampled_from(sorted(SENTENCES)), st.text(max_size=20)),
    st.dictionaries(st.one_of(st.sampled_from(PARAMETERS), st.text(max_size=9)), VALUES),
    st.one_of(st.sampled_from(["Asia/Shanghai", "America/St_Johns"]), st.text(max_size=20)),
    st.sampled_from(["en", "zh-CN", "xx"]),
)
def test_no_reason_ever_raises(code: str, params: dict[str, float | int | str], timezone: str, language: str) -> None:
    assert Wording(language).sentence(Reason(code, params), timezone=timezone)


def test_a_home_that_shares_its_trouble_says_so() -> None:
    shared: dict[str, float | int | str] = {"shared": "area_outage", "outage_at": EVENING, "outage_homes": 8}
    reason = Reason("no_sign_of_life_ever", shared | {"quiet_s": 12 * H, "limit_s": 12 * H, "proven_at": MORNING})
    english, chinese = (
        Wording(language).sentence(reason, timezone="Asia/Shanghai") for language in (Language.ENGLISH, Language.CHINESE)
    )
    assert english.endswith(
        "In this area no water has run in 8 homes since 1 Mar 21:40: there may be one cause for all. "
        "Somebody still has to look after this person."
    )
    assert chinese.endswith("这一片自3月1日 21:40起有8户都没有用水，可能是同一个原因，但仍需联系老人或上门核查。")
