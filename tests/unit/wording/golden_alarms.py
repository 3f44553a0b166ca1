"""Golden sentences of alarms: what bands, detectors and meters raise themselves, and of asking first."""

EVENING = 1_772_372_400_000  # 2026-03-01 21:40 in Shanghai
MORNING = 1_772_416_920_000  # 2026-03-02 10:02 in Shanghai
H = 3600

ALARMS: list[tuple[str, dict[str, float | int | str], str, str]] = [
    (
        "meter_leak",
        {"since_at": EVENING},
        "The water meter itself reports a leak, since 1 Mar 21:40.",
        "3月1日 21:40起，水表上报漏水。",
    ),
    (
        "meter_burst",
        {"since_at": EVENING},
        "The water meter itself reports a burst pipe at 1 Mar 21:40: shut the water off, and look after the person.",
        "3月1日 21:40，水表上报爆管：请立即关阀止水，并查看老人情况。",
    ),
    ("sos", {"since_at": EVENING}, "The SOS button was pressed at 1 Mar 21:40.", "3月1日 21:40，SOS求助键被按下。"),
    (
        "sos",
        {"since_at": EVENING, "received_at": MORNING},
        (
            "The SOS button was pressed at 1 Mar 21:40. "
            "The message was received at 2 Mar 10:02: it was held up on its way, or the device's clock is wrong."
        ),
        "3月1日 21:40，SOS求助键被按下。3月2日 10:02才收到这条消息：可能在途中延误，也可能设备时钟不准。",
    ),
    (
        "sos",
        {"since_at": MORNING, "received_at": MORNING, "untimed": 1},
        (
            "The SOS button was pressed at 2 Mar 10:02. "
            "This is when the message was received: the device gave no usable time, and the alarm may be older."
        ),
        "3月2日 10:02，SOS求助键被按下。这是收到消息的时间；设备没有给出可用的时间，实际报警可能更早。",
    ),
    (
        "device_battery_flag",
        {},
        "The device says that its battery is low. Please have it charged or replaced.",
        "设备提示电量低，请充电或更换电池。",
    ),
    (
        "smoke",
        {"since_at": MORNING, "tested": 1},
        (
            "The smoke detector went off at 2 Mar 10:02. Find out at once; call the fire brigade if there is a fire. "
            "The device says that its test button was pressed. Make sure that it was a test."
        ),
        "3月2日 10:02，烟雾探测器报警。请立即核实；确认起火拨打119。设备说有人按了测试按钮。请确认是否真的是测试。",
    ),
    (
        "fall_flagged",
        {"since_at": EVENING},
        "The band reported a fall at 1 Mar 21:40; nothing else is known of it. homebeat goes on checking: please call as well.",
        "3月1日 21:40，手环报告疑似跌倒，手环没有其他数据；系统正在自动核对，仍需人工核实。",
    ),
    (
        "fall_flagged_worn",
        {"since_at": EVENING, "worn_at": EVENING - 60_000},
        (
            "The band reported a fall at 1 Mar 21:40; somebody was certainly wearing it at 1 Mar 21:39. homebeat goes on "
            "checking: please call as well."
        ),
        "3月1日 21:40，手环报告疑似跌倒（3月1日 21:39数据显示戴在手上）；系统正在自动核对，仍需人工核实。",
    ),
    (
        "fall_flagged_off",
        {"since_at": EVENING},
        (
            "The band reported a fall at 1 Mar 21:40, but nobody seems to have been wearing it. homebeat goes on checking: "
            "please call as well."
        ),
        "3月1日 21:40，手环报告疑似跌倒，但当时可能没有戴在手上；系统正在自动核对，仍需人工核实。",
    ),
    (
        "fall_flagged_moved",
        {"since_at": EVENING, "life_at": EVENING + 60_000},
        "The band reported a fall at 1 Mar 21:40; there was a sign of life after that, at 1 Mar 21:41.",
        "3月1日 21:40，手环报告疑似跌倒；此后3月1日 21:41又有了动静。",
    ),
    (
        "fall_still",
        {"since_at": EVENING, "still_s": 60, "worn_at": EVENING},
        (
            "The band reported a fall at 1 Mar 21:40, and 1 min later nobody had stirred or answered; "
            "it was certainly worn at 1 Mar 21:40."
        ),
        "3月1日 21:40，手环报告疑似跌倒（3月1日 21:40数据显示戴在手上），此后1分钟没有动静，也没有回应。",
    ),
    (
        "fall_unanswered",
        {"since_at": EVENING, "still_s": 60},
        (
            "The band reported a fall at 1 Mar 21:40, and 1 min later nobody had stirred or answered; "
            "nothing else is known of the band."
        ),
        "3月1日 21:40，手环报告疑似跌倒，此后1分钟没有动静，也没有回应；手环没有其他数据。",
    ),
    (
        "fall_no_answer",
        {"since_at": EVENING, "still_s": 60},
        ("The band reported a fall at 1 Mar 21:40; its wearer was asked, and 1 min later had neither answered nor stirred."),
        "3月1日 21:40，手环报告疑似跌倒；已通过手环询问本人，1分钟内没有回应，也没有动静。",
    ),
    (
        "fall_again",
        {"since_at": EVENING, "before_at": EVENING - 120_000},
        "The band reported a fall at 1 Mar 21:40, soon after another one at 1 Mar 21:38.",
        "3月1日 21:40，手环又一次报告疑似跌倒，上一次在3月1日 21:38。",
    ),
    (
        "fall_and_sos",
        {"since_at": EVENING, "sos_at": EVENING + 60_000},
        "The band reported a fall at 1 Mar 21:40, and its SOS button was pressed at 1 Mar 21:41.",
        "3月1日 21:40，手环报告疑似跌倒；3月1日 21:41，手环上的SOS求助键被按下。",
    ),
    (
        "fall_moved",
        {"life_at": EVENING},
        "There was a sign of life after the fall, at 1 Mar 21:40.",
        "手环报告跌倒之后，3月1日 21:40又有了动静。",
    ),
    (
        "fall_not_worn",
        {"since_at": EVENING},
        "Nobody had been wearing the band that reported a fall at 1 Mar 21:40.",
        "3月1日 21:40报告跌倒时，手环没有戴在手上。",
    ),
    (
        "asked",
        {"quiet_s": 5 * H, "life_at": EVENING},
        "Quiet at home for 5 h, since 1 Mar 21:40: the resident was asked on the band, and homebeat waits for the answer.",
        "家中已5小时没有动静（最近一次在3月1日 21:40），已通过手环询问本人，等待回应。",
    ),
    (
        "asked_by_lamp",
        {"quiet_s": 5 * H, "life_at": EVENING},
        (
            "Quiet at home for 5 h, since 1 Mar 21:40: a lamp at home was told to ask the resident, and homebeat waits for a "
            "sign of life."
        ),
        "家中已5小时没有动静（最近一次在3月1日 21:40），已让家中的灯闪动来询问本人，等待动静。",
    ),
    (
        "asked_lamp",
        {"device": "lamp-1", "echoed_at": EVENING},
        (
            "The lamp lamp-1 was told to blink, to ask the resident, and it answered at 1 Mar 21:40. That shows that it works, "
            "and not that anybody saw it."
        ),
        "为询问本人，已让灯lamp-1闪动，灯在3月1日 21:40回应。这只说明灯能用，不说明有人看见。",
    ),
    (
        "asked_siren",
        {"device": "siren-1", "echoed_at": EVENING},
        (
            "The siren siren-1 was told to sound softly, to ask the resident, and it answered at 1 Mar 21:40. That shows that it "
            "works, and not that anybody heard it."
        ),
        "为询问本人，已让警号siren-1轻声鸣响，警号在3月1日 21:40回应。这只说明警号能用，不说明有人听见。",
    ),
    (
        "asked_answered",
        {"life_at": EVENING},
        "The resident answered, or was seen to be up, at 1 Mar 21:40.",
        "3月1日 21:40，本人已回应，或已有动静。",
    ),
    (
        "asked_no_answer",
        {"quiet_s": 5 * H, "asked_at": EVENING, "life_at": EVENING, "answer_s": 900},
        (
            "Asked at 1 Mar 21:40 on a device at home, and no answer within 15 min; the last sign of life at home was at "
            "1 Mar 21:40, 5 h before. Please call or visit."
        ),
        (
            "3月1日 21:40通过家中设备询问本人，15分钟内没有回应；家中最近一次动静在3月1日 21:40，当时已过去5小时。"
            "请联系老人或上门核查。"
        ),
    ),
    (
        "smoke",
        {"since_at": EVENING},
        "The smoke detector went off at 1 Mar 21:40. Find out at once; call the fire brigade if there is a fire.",
        "3月1日 21:40，烟雾探测器报警。请立即核实；确认起火拨打119。",
    ),
    (
        "unreadable_alarm",
        {"since_at": EVENING},
        (
            "The device sent a message at 1 Mar 21:40 that could not be read; it may be an SOS. Please call at once; below is "
            "what could be read."
        ),
        "3月1日 21:40，设备发来一条无法识别的消息，可能是SOS求助。请立即联系老人；能识别的内容见下方。",
    ),
    (
        "device_tamper",
        {"since_at": EVENING},
        "The device reported at 1 Mar 21:40 that it was opened, or taken off its place.",
        "3月1日 21:40，设备上报被打开或被取下。",
    ),
    (
        "gas",
        {"since_at": EVENING},
        "The gas detector went off at 1 Mar 21:40. Find out at once; no switches and no flames until somebody is there.",
        "3月1日 21:40，燃气探测器报警。请立即核实；到场前不要开关电器、不要用明火。",
    ),
]
