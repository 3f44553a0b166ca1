"""Golden sentences of alarms: what bands, detectors and meters raise themselves, and of asking first."""

EVENING = 1_772_372_400_000  # 2026-03-01 21:40 in Shanghai
MORNING = 1_772_416_920_000  # 2026-03-02 10:02 in Shanghai
H = 3600

ALARMS: list[tuple[str, dict[str, float | int | str], str, str]] = [
    (
        "meter_leak",
        {"since_at": EVENING},
        "The water meter itself reports a leak, since 1 Mar 21:40.",
        "水表自3月1日21:40起上报漏水。",
    ),
    (
        "meter_burst",
        {"since_at": EVENING},
        "The water meter itself reports a burst pipe at 1 Mar 21:40: shut the water off, and look after the person.",
        "水表3月1日21:40上报爆管：请关阀止水，并查看老人情况。",
    ),
    ("sos", {"since_at": EVENING}, "The SOS button was pressed at 1 Mar 21:40.", "3月1日21:40按下了SOS求助键。"),
    (
        "sos",
        {"since_at": EVENING, "received_at": MORNING},
        (
            "The SOS button was pressed at 1 Mar 21:40. "
            "The message was received at 2 Mar 10:02: it was held up on its way, or the device's clock is wrong."
        ),
        "3月1日21:40按下了SOS求助键。3月2日10:02才收到这条消息：可能在途中延误，也可能设备时钟不准。",
    ),
    (
        "sos",
        {"since_at": MORNING, "received_at": MORNING, "untimed": 1},
        (
            "The SOS button was pressed at 2 Mar 10:02. "
            "This is when the message was received: the device gave no usable time, and the alarm may be older."
        ),
        "3月2日10:02按下了SOS求助键。这是收到消息的时间；设备没有给出可用的时间，实际报警可能更早。",
    ),
    (
        "fall_flagged",
        {"since_at": EVENING},
        "The band reported a fall at 1 Mar 21:40; nothing else is known of it. Being checked.",
        "3月1日21:40手环检测到跌倒，手环没有其他数据，正在核实。",
    ),
    (
        "fall_flagged_worn",
        {"since_at": EVENING, "worn_at": EVENING - 60_000},
        "The band reported a fall at 1 Mar 21:40; somebody was certainly wearing it at 1 Mar 21:39. Being checked.",
        "3月1日21:40手环检测到跌倒，3月1日21:39确认手环戴在手上，正在核实。",
    ),
    (
        "fall_flagged_off",
        {"since_at": EVENING},
        "The band reported a fall at 1 Mar 21:40, but nobody seems to have been wearing it. Being checked.",
        "3月1日21:40手环检测到跌倒，但当时手环似乎没有人戴，正在核实。",
    ),
    (
        "fall_flagged_moved",
        {"since_at": EVENING, "life_at": EVENING + 60_000},
        "The band reported a fall at 1 Mar 21:40; there was a sign of life after that, at 1 Mar 21:41.",
        "3月1日21:40手环检测到跌倒，之后3月1日21:41又有了动静。",
    ),
    (
        "fall_still",
        {"since_at": EVENING, "still_s": 60, "worn_at": EVENING},
        (
            "The band reported a fall at 1 Mar 21:40, and 1 min later nobody had stirred or answered; "
            "it was certainly worn at 1 Mar 21:40."
        ),
        "3月1日21:40手环检测到跌倒，之后1分钟没有动静也没有回应；3月1日21:40确认手环戴在手上。",
    ),
    (
        "fall_unanswered",
        {"since_at": EVENING, "still_s": 60},
        (
            "The band reported a fall at 1 Mar 21:40, and 1 min later nobody had stirred or answered; "
            "nothing else is known of the band."
        ),
        "3月1日21:40手环检测到跌倒，之后1分钟没有动静也没有回应；手环没有其他数据。",
    ),
    (
        "fall_no_answer",
        {"since_at": EVENING, "still_s": 60},
        ("The band reported a fall at 1 Mar 21:40; its wearer was asked, and 1 min later had neither answered nor stirred."),
        "3月1日21:40手环检测到跌倒；已在手环上询问本人，1分钟内没有回答，也没有动静。",
    ),
    (
        "fall_again",
        {"since_at": EVENING, "before_at": EVENING - 120_000},
        "The band reported a fall at 1 Mar 21:40, soon after another one at 1 Mar 21:38.",
        "3月1日21:40手环检测到跌倒，此前不久的3月1日21:38已检测到一次。",
    ),
    (
        "fall_and_sos",
        {"since_at": EVENING, "sos_at": EVENING + 60_000},
        "The band reported a fall at 1 Mar 21:40, and its SOS button was pressed at 1 Mar 21:41.",
        "3月1日21:40手环检测到跌倒，3月1日21:41又按下了SOS求助键。",
    ),
    (
        "fall_moved",
        {"life_at": EVENING},
        "There was a sign of life after the fall, at 1 Mar 21:40.",
        "跌倒之后，3月1日21:40又有了动静。",
    ),
    (
        "fall_not_worn",
        {"since_at": EVENING},
        "Nobody had been wearing the band that reported a fall at 1 Mar 21:40.",
        "3月1日21:40检测到跌倒的手环，当时没有人戴。",
    ),
    (
        "asked",
        {"quiet_s": 5 * H, "life_at": EVENING},
        "No sign of life at home for 5 h, since 1 Mar 21:40: the resident is being asked on the band.",
        "在家已5小时没有动静（最后一次在3月1日21:40），正在手环上询问本人。",
    ),
    (
        "asked_answered",
        {"life_at": EVENING},
        "The resident answered, or was seen to be up, at 1 Mar 21:40.",
        "3月1日21:40本人已回答或有了动静。",
    ),
    (
        "asked_no_answer",
        {"quiet_s": 5 * H, "asked_at": EVENING, "life_at": EVENING, "answer_s": 900},
        (
            "Asked on the band at 1 Mar 21:40, and no answer within 15 min; "
            "the last sign of life at home was at 1 Mar 21:40, 5 h ago."
        ),
        "3月1日21:40在手环上询问，15分钟内没有回答；家中最后一次动静在3月1日21:40，已过去5小时。",
    ),
    ("smoke", {"since_at": EVENING}, "The smoke detector went off at 1 Mar 21:40.", "3月1日21:40烟感报警。"),
    (
        "unreadable_alarm",
        {"since_at": EVENING},
        "The device sent a message at 1 Mar 21:40 that could not be read; it may be an SOS. The card shows what could be read.",
        "3月1日21:40 设备发来一条无法解析的报文，可能是 SOS 求助。能看出的内容见告警详情。",
    ),
    (
        "device_tamper",
        {"since_at": EVENING},
        "The device reported at 1 Mar 21:40 that it was opened, or taken off its place.",
        "设备3月1日21:40上报被拆动。",
    ),
    ("gas", {"since_at": EVENING}, "The gas detector went off at 1 Mar 21:40.", "3月1日21:40燃气探测器报警。"),
]
