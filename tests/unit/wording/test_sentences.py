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

GOLDEN: list[tuple[str, dict[str, float | int | str], str, str]] = [
    *ALARMS,
    *OF_LIFE,
    (
        "night_use_drift",
        {"usual": 1.2, "now": 3.1},
        "Usually 1.2 of the five hours after midnight have a sign of life; over the last five nights it was 3.1.",
        "平时零点到五点之间约有1.2个小时有动静，最近五晚平均3.1个小时。",
    ),
    (
        "resting_heart_rate_drift",
        {"usual": 61, "now": 70.5},
        "The heart rate at rest is usually 61 a minute at night; over the last two nights it was 70.5.",
        "平时夜间静息心率约每分钟61次，最近两晚平均70.5次。",
    ),
    (
        "first_use_late",
        {"usual_minute": 400, "now_minute": 545},
        "The first sign of life of the day usually comes at 06:40; over the last five days at 09:05.",
        "平时每天约06:40开始有动静，最近五天平均到09:05才有。",
    ),
    (
        "steps_drift",
        {"usual": 4200, "now": 1800},
        "Usually 4,200 steps a day; over the last five days 1,800.",
        "平时每天约走4,200步，最近五天平均1,800步。",
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
            "No sign of life at home for 12 h 30 min (limit 12 h): the last one was at 1 Mar 21:40, "
            "and the devices were still working at 2 Mar 10:02."
        ),
        "在家已12小时30分钟没有动静（上限12小时）：最后一次动静在3月1日21:40，设备到3月2日10:02仍工作正常。",
    ),
    (
        "no_sign_of_life_door",
        {"quiet_s": 8.5 * H, "limit_s": 8 * H, "life_at": EVENING, "proven_at": MORNING},
        (
            "Since a door moved at 1 Mar 21:40 there has been no sign of life at home for 8 h 30 min (limit after a door 8 h): "
            "out for unusually long, or in need of help. The devices were still working at 2 Mar 10:02."
        ),
        "3月1日21:40房门开关之后，家中已8小时30分钟没有动静（开门后的上限8小时）：可能外出过久，也可能需要帮助。设备到3月2日10:02仍工作正常。",
    ),
    (
        "no_sign_of_life_not_worn",
        {"quiet_s": 8.5 * H, "unworn_s": 6 * H, "limit_s": 8 * H, "life_at": EVENING, "proven_at": MORNING},
        (
            "No sign of life at home for 8 h 30 min, for 6 h of it the band was on no wrist and could not show one "
            "(limit because of that 8 h): the last one was at 1 Mar 21:40, and a device was still working at 2 Mar 10:02."
        ),
        (
            "在家已8小时30分钟没有动静，其中6小时手环没有戴在手上、显示不了动静（因此上限为8小时）："
            "最后一次动静在3月1日21:40，到3月2日10:02仍有设备工作正常。"
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
            "On 27 of the last 30 days the first sign of life came between 06:10 and 07:20; now there has been none at home for "
            "12 h 30 min (limit 10 h), the last one was at 1 Mar 21:40, and the devices were still working at 2 Mar 10:02."
        ),
        (
            "最近30天里有27天，当天的第一次动静出现在06:10到07:20之间；现在在家已12小时30分钟没有动静（上限10小时），"
            "最后一次动静在3月1日21:40，设备到3月2日10:02仍工作正常。"
        ),
    ),
    (
        "no_sign_of_life_ever",
        {"quiet_s": 12 * H, "limit_s": 12 * H, "proven_at": MORNING},
        (
            "No sign of life at home for 12 h (limit 12 h), none since watching began; "
            "the devices were still working at 2 Mar 10:02."
        ),
        "在家已12小时没有动静（上限12小时），开始守护以来还没有过动静；设备到3月2日10:02仍工作正常。",
    ),
    (
        "no_sign_of_life_pulses",
        {"quiet_s": 20 * H, "limit_s": 20 * H, "life_at": EVENING, "pulse_at": MORNING},
        (
            "Since 1 Mar 21:40 the water meter has moved by single counts only, the last at 2 Mar 10:02, "
            "as a dripping tap makes it; no other sign of life at home for 20 h (limit 20 h)."
        ),
        "自3月1日21:40以来水表只是零星地走一个字（最后一次在3月2日10:02），像是滴漏；在家已20小时没有其他动静（上限20小时）。",
    ),
    (
        "no_water",
        {"litres": 9.0, "limit_litres": 10.0, "window_s": 12 * H},
        "Only 9 L of water used in the last 12 h (at least 10 L expected).",
        "最近12小时只用水9升（正常应不少于10升）。",
    ),
    (
        "water_running",
        {"run_s": 26 * H, "flow_lph": 4.04, "usual_s": 19 * H},
        (
            "Water has been running for 26 h without a pause, at least 4 L an hour; the longest that is usual here is 19 h. "
            "A leak, or a tap left open?"
        ),
        "水已不停流了26小时，每小时至少4升；这户平时最长连续用水19小时。可能漏水，或者水龙头没关。",
    ),
    (
        "water_running_new",
        {"run_s": 36.5 * H, "flow_lph": 1.25, "limit_s": 36 * H},
        (
            "Water has been running for 36 h 30 min without a pause (limit 36 h), at least 1.2 L an hour. "
            "A leak, or a tap left open?"
        ),
        "水已不停流了36小时30分钟（上限36小时），每小时至少1.2升。可能漏水，或者水龙头没关。",
    ),
    (
        "water_running_strong",
        {"run_s": 11 * H, "flow_lph": 10.04, "usual_s": 3 * H},
        (
            "For 11 h the water meter has counted at least 10 L in every hour; the longest such spell that is usual here is 3 h. "
            "A leak, or a tap left open?"
        ),
        "水表已连续11小时每小时至少走10升；这户平时这样大量用水最长3小时。可能漏水，或者水龙头没关。",
    ),
    (
        "area_outage",
        {"homes": 8, "since_at": EVENING, "list": "h-3, h-1"},
        (
            "No water has run in any of 8 homes since 1 Mar 21:40, though their meters are heard: is the water shut off? "
            "Longest without a sign of life first: h-3, h-1."
        ),
        "自3月1日21:40起，8户的水表都正常上报，却没有一户用水：是不是停水了？按没有动静的时间从长到短：h-3, h-1。",
    ),
    (
        "area_outage_over",
        {"since_at": EVENING},
        "Water runs again in the area, after it had not since 1 Mar 21:40.",
        "这一片自3月1日21:40起停水，现已恢复用水。",
    ),
    (
        "gateway_down",
        {"homes": 6, "since_at": EVENING, "list": "h-3, h-1"},
        (
            "The devices of 6 homes have been silent since 1 Mar 21:40: a gateway, the radio network or the power? "
            "These homes are not watched meanwhile. Longest without a sign of life first: h-3, h-1."
        ),
        (
            "自3月1日21:40起，6户的设备同时失联：网关、无线网络或停电？这期间看护不到这些住户。"
            "按没有动静的时间从长到短：h-3, h-1。"
        ),
    ),
    (
        "gateway_down_over",
        {"since_at": EVENING},
        "The devices of the area are heard again, after they had been silent since 1 Mar 21:40.",
        "这一片的设备自3月1日21:40起失联，现已恢复上报。",
    ),
    (
        "water_dripping",
        {"every_s": 5 * H, "days": 10},
        (
            "For 10 days the water meter has never stood still for longer than 5 h: a dripping tap or cistern? "
            "Until it is mended, a single count of the meter is not taken for a sign of life."
        ),
        "10天来水表静止从未超过5小时：水龙头或水箱滴漏？修好之前，水表单独走一个字不算作动静。",
    ),
    (
        "water_surge",
        {"litres": 1230, "window_s": 2 * H, "limit_litres": 1000},
        "1,230 L of water used within 2 h (limit 1,000 L): a burst pipe, or a tap left open?",
        "2小时内用水1,230升（上限1,000升），可能水管破裂，或者水龙头没关。",
    ),
    (
        "limits_none",
        {},
        "Nothing has been learned about this person yet: the limit of the settings holds.",
        "还没有了解到此人的作息，按设置里的上限执行。",
    ),
    (
        "limits_prior",
        {"days": 3, "longest_s": 12 * H},
        "Not enough is known of this person yet (3 days): 12 h of quiet at home raise an alert, as for everybody.",
        "对此人了解还不够（仅3天）：和大家一样，在家12小时没有动静就告警。",
    ),
    (
        "limits_learned",
        {"days": 54, "signs": 18.5, "shortest_s": 4.5 * H, "longest_s": 10 * H},
        (
            "Learned from 54 days, with life in about 18.5 half hours a day: 4 h 30 min to 10 h of quiet at home raise an alert, "
            "by the time of day."
        ),
        "根据54天的作息，每天约有18.5个半小时有动静：在家4小时30分钟到10小时没有动静就告警，随一天中的时段而定。",
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
            "On 27 of the last 30 days the first sign of life came between 06:10 and 07:20. "
            "Learned from 54 days, with life in about 18.5 half hours a day: 4 h 30 min to 10 h of quiet at home raise an alert, "
            "by the time of day."
        ),
        (
            "最近30天里有27天，第一次动静在06:10到07:20之间。"
            "根据54天的作息，每天约有18.5个半小时有动静：在家4小时30分钟到10小时没有动静就告警，随一天中的时段而定。"
        ),
    ),
    (
        "low_at_home_unknown",
        {"longest_s": 24 * H},
        (
            "No device shows whether this person is at home, so an outing looks like a quiet home: an alert may come only "
            "after 24 h. A door contact or a band tells it much earlier."
        ),
        "没有设备能看出此人是否在家，外出和在家没有动静看起来一样：可能要24小时才告警。装上门磁或手环能早得多。",
    ),
    (
        "low_few_signs",
        {"longest_s": 12 * H},
        (
            "Too little is seen of this person to tell a quiet home early: an alert may come only after 12 h. "
            "Another device, or a finer meter, tells it earlier."
        ),
        "能看到的动静太少，没法及早发现异常：可能要12小时才告警。再装一个设备，或换更精细的水表，能早些发现。",
    ),
    (
        "heart_rate_high",
        {"value": 132, "limit": 120, "hold_s": 600},
        "Heart rate 132 a minute, above the limit of 120 for 10 min.",
        "心率每分钟132次，高于上限120次，已持续10分钟。",
    ),
    (
        "heart_rate_low",
        {"value": 38, "limit": 40, "hold_s": 0},
        "Heart rate 38 a minute, below the limit of 40.",
        "心率每分钟38次，低于下限40次。",
    ),
    (
        "spo2_low",
        {"value": 86, "limit": 90, "hold_s": 300},
        "Blood oxygen 86%, below the limit of 90% for 5 min.",
        "血氧86%，低于下限90%，已持续5分钟。",
    ),
    (
        "threshold_above",
        {"metric": "body_temperature_c", "value": 38.51, "limit": 38, "hold_s": 900},
        "Body temperature is 38.5 °C, above the limit of 38 °C for 15 min.",
        "体温为38.5 °C，高于上限38 °C，已持续15分钟。",
    ),
    (
        "threshold_below",
        {"metric": "spo2_pct", "value": 88, "limit": 90, "hold_s": 0},
        "Blood oxygen is 88%, below the limit of 90%.",
        "血氧为88%，低于下限90%。",
    ),
    (
        "device_silent",
        {"silent_s": 3 * H + 600, "heard_at": EVENING},
        "The device has been silent for 3 h 10 min; it was last heard at 1 Mar 21:40.",
        "设备已失联3小时10分钟，最后一次上报在3月1日21:40。",
    ),
    (
        "device_never_heard",
        {"silent_s": 4 * 24 * H},
        "The device has not been heard once in the 4 d since it was registered.",
        "设备登记后4天，一次也没有上报过。",
    ),
    (
        "device_battery_low",
        {"battery_pct": 14, "limit": 15},
        "The device's battery is down to 14% (limit 15%).",
        "设备电量只剩14%（下限15%），请尽快充电或更换电池。",
    ),
    (
        "not_worn",
        {"off_s": 5 * H, "since_at": EVENING},
        "The band has not been worn for 5 h, since 1 Mar 21:40.",
        "手环已摘下5小时（从3月1日21:40起），没有戴回。",
    ),
    (
        "meter_fell",
        {"before": 482.125, "after": 0.2},
        "The water meter's total went back from 482.125 to 0.2 m³: a new meter, or a fault?",
        "水表读数从482.125退回到0.2立方米，可能换了表，也可能是故障。",
    ),
    (
        "meter_jumped",
        {"litres": 50000, "span_s": H},
        "The water meter's total jumped by 50,000 L within 1 h, more than a home can use.",
        "水表读数在1小时内跳增50,000升，超出一户可能的用量。",
    ),
    ("meter_status", {"status": "blocked"}, "The water meter reports a fault: blocked.", "水表自报故障：堵转。"),
    (
        "unknown_too_long",
        {"unknown_s": 24 * H, "limit_s": 24 * H, "proven_at": EVENING},
        (
            "For 24 h nothing has shown whether all is well (limit 24 h); the devices last worked for certain at 1 Mar 21:40. "
            "Please check on the person."
        ),
        "已有24小时无法确认老人是否平安（上限24小时）；设备最后一次正常工作在3月1日21:40，请联系或上门看望。",
    ),
    (
        "unknown_never",
        {"unknown_s": 24 * H, "limit_s": 24 * H},
        (
            "For 24 h nothing has shown whether all is well (limit 24 h), and no device has worked for certain yet. "
            "Please check on the person."
        ),
        "已有24小时无法确认老人是否平安（上限24小时），设备还从未正常工作过，请联系或上门看望。",
    ),
    (
        "judging_failed",
        {"rules": "sos,closing"},
        "homebeat fails at this home and is blind there: SOS pressed, Closing the day. Ask how things are, and report it.",
        "程序自身出错，这一户的以下项目暂时无法判断：SOS 求助, 每日小结。请询问住户情况，并上报故障。",
    ),
    ("judging_works", {}, "homebeat can judge this home again.", "这一户已恢复正常判断。"),
    (
        "reason_lost",
        {"rule": "sos"},
        "SOS pressed. The details could not be worked out or kept.",
        "SOS 求助。具体原因未能得出或保存。",
    ),
    (
        "cleared",
        {"rule": "water_running"},
        "What raised this alert is over: Water keeps running.",
        "引起告警的情况已解除：持续流水。",
    ),
    ("life_again", {"life_at": MORNING}, "There was a sign of life again at 2 Mar 10:02.", "3月2日10:02又有了动静。"),
    (
        "late_data",
        {"life_at": EVENING},
        "Readings that came in late show a sign of life at 1 Mar 21:40, before this alert was opened.",
        "补传的数据显示，告警发出之前，3月1日21:40曾有动静。",
    ),
    (
        "help_cancelled",
        {"at": EVENING},
        "The call for help was cancelled on the device at 1 Mar 21:40.",
        "3月1日21:40在设备上取消了求助。",
    ),
    ("device_back", {"heard_at": MORNING}, "The device was heard again at 2 Mar 10:02.", "3月2日10:02设备恢复上报。"),
    (
        "resolved_already",
        {"since_at": MORNING},
        "What this alert is about was reported once more (since 2 Mar 10:02), after somebody had closed it.",
        "这条告警办结之后，同一情况（3月2日10:02起）又上报过一次。",
    ),
    (
        "again",
        {"since_at": MORNING},
        "It happened again at 2 Mar 10:02, while this alert was waiting or had just been taken.",
        "3月2日10:02再次发生，当时这条告警正待接手或刚被接手。",
    ),
    ("taken", {}, "Somebody has taken this alert.", "已有人接手。"),
    ("answered", {}, "Somebody has closed this alert with an outcome.", "已办结，结果已登记。"),
    ("given_back", {}, "Whoever had taken this alert has given it back to the queue.", "接手人已将这条告警退回，等待他人接手。"),
    ("taken_back", {}, "This alert was closed by mistake and is open again.", "这条告警属误办结，已恢复处理。"),
    ("note", {}, "A note was added.", "添加了备注。"),
    (
        "session_lost",
        {"session": "homebeat-watch"},
        (
            "The broker no longer knew the session homebeat-watch: what devices sent while homebeat was away is lost, calls for "
            "help as well. Ask those who may have called, and find out why."
        ),
        (
            "消息服务器已没有会话 homebeat-watch：homebeat 离线期间设备上报的内容（包括求助）已丢失。"
            "请联系可能求助过的住户，并查明原因。"
        ),
    ),
    (
        "unregistered_alarm",
        {"since_at": EVENING, "device": "wb-9", "shows": "sos", "topic": "t/9"},
        "The unregistered device wb-9 sent a call for help (sos) at 1 Mar 21:40 on the topic t/9. Find out whose it is.",
        "3月1日21:40 未登记的设备 wb-9 在主题 t/9 上发来求助（sos）。请尽快查明是哪户的设备。",
    ),
    (
        "unregistered_near",
        {"since_at": EVENING, "device": "w9", "shows": "sos", "topic": "t", "nearest": "w8", "home": "h8"},
        "The unregistered device w9 sent a call for help (sos) at 1 Mar 21:40 on the topic t. It may be w8 of the home h8.",
        "3月1日21:40 未登记的设备 w9 在主题 t 上发来求助（sos）。可能是住户 h8 的设备 w8。",
    ),
    (
        "unregistered_topic",
        {"since_at": EVENING, "device": "w8", "shows": "sos", "topic": "t/w8", "home": "h8"},
        "The device w8 of the home h8 sent a call for help (sos) at 1 Mar 21:40 on the topic t/w8, which nobody reads.",
        "3月1日21:40 住户 h8 的设备 w8 在无人接收的主题 t/w8 上发来求助（sos）。",
    ),
    ("unregistered_known", {}, "The device is registered now, and the message was used.", "该设备现已登记，原报文已处理。"),
    (
        "unregistered_others",
        {"count": 12},
        "12 more calls for help came from devices that nobody has registered. Their messages are in quarantine.",
        "另有 12 条求助来自未登记的设备，没有单独生成告警；报文在隔离区。",
    ),
    (
        "delivery_failed",
        {"attempts": 14, "contact": "c-7"},
        "A contact could not be told, after 14 attempts. Please call them.",
        "有一位联系人没能通知到（已发送14次），请打电话联系。",
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
    assert chinese.endswith("这一片自3月1日21:40起有8户都没有用水，可能是同一个原因，但仍需有人上门看望本人。")
