"""Golden sentences of the broker, of devices that nobody registered, and of broken glass."""

EVENING = 1_772_372_400_000  # 2026-03-01 21:40 in Shanghai

OF_THE_SERVICE: list[tuple[str, dict[str, float | int | str], str, str]] = [
    (
        "session_lost",
        {"session": "homebeat-watch"},
        (
            "The broker no longer knew the session homebeat-watch: what devices sent while homebeat was away is lost, calls for "
            "help as well. Ask those who may have called, and find out why."
        ),
        (
            "MQTT消息代理已没有会话homebeat-watch：homebeat离线期间设备上报的内容（包括求助）已丢失。请联系可能求助过的老人，"
            "并查明原因。"
        ),
    ),
    (
        "intake_down",
        {"since_at": EVENING},
        (
            "The intake has not said since 1 Mar 21:40 that it works: what clouds push is lost, calls for help as well. Start "
            "it, and ask those who may have called."
        ),
        (
            "3月1日 21:40起，推送接收服务没有报告运行：各云平台推送的内容（包括求助）正在丢失。请启动该服务，"
            "并联系可能求助过的老人。"
        ),
    ),
    (
        "intake_failing",
        {"cloud": "aep", "loss": "full", "since_at": EVENING},
        (
            "Messages of the cloud aep have been lost since 1 Mar 21:40: the journal was full. Ask those who may have called, "
            "and find out why."
        ),
        "3月1日 21:40起，云平台aep的消息正在丢失：接收日志已满。请联系可能求助过的老人，并查明原因。",
    ),
    (
        "intake_hole",
        {"cloud": "aep", "loss": "down", "since_at": EVENING, "until_at": EVENING + 600_000},
        (
            "Messages of the cloud aep may be lost, from 1 Mar 21:40 to 1 Mar 21:50: the intake did not run. Ask those who may "
            "have called, and find out why."
        ),
        ("3月1日 21:40至3月1日 21:50，云平台aep的消息可能已丢失：推送接收服务未运行。请联系可能求助过的老人，并查明原因。"),
    ),
    ("intake_back", {}, "Messages are taken again.", "已恢复接收消息。"),
    (
        "glass_broken_often",
        {"homes": 6},
        (
            "One person has broken the glass of 6 homes within an hour. Somebody who reviews must look at once at the page "
            "Broken glass."
        ),
        "同一个人一小时内对6户使用了紧急查看。请有核实权限的人立即打开“紧急查看记录”页面。",
    ),
    (
        "glass_broken_in_area",
        {"homes": 16},
        (
            "The glass of 16 homes of this area was broken within an hour. Somebody who reviews must look at once at the page "
            "Broken glass."
        ),
        "本片区一小时内有16户被紧急查看。请有核实权限的人立即打开“紧急查看记录”页面。",
    ),
    (
        "nobody_on_duty",
        {"starts_at": EVENING, "ends_at": EVENING + 3_600_000, "rota": "desk"},  # lint: allow duration a time an hour later
        (
            "Nobody is on duty from 1 Mar 21:40 to 1 Mar 22:40 (rota desk). Find somebody now, and answer this area's alerts "
            "meanwhile."
        ),
        "3月1日 21:40至3月1日 22:40无人当值（排班表desk）。请立即安排人员，并暂时代为处置本片区的告警。",
    ),
    (
        "nobody_on_duty_ahead",
        {"starts_at": EVENING, "ends_at": EVENING + 60_000, "rota": "desk"},
        "Nobody will be on duty from 1 Mar 21:40 to 1 Mar 21:41 (rota desk). Give the shift to somebody.",
        "3月1日 21:40至3月1日 21:41将无人当值（排班表desk）。请安排人员顶班。",
    ),
    ("handed_over", {}, "Taken over from whoever had it, at the end of a shift.", "交接班时由接班人接单。"),
    (
        "contact_unreachable",
        {"contact": "h-1/wei"},
        "For a day no message has come through to h-1/wei. Please find another way to reach them.",
        "一天以来没有任何消息送达h-1/wei，请另找联系方式。",
    ),
    ("contact_unreachable_over", {}, "A message has come through again.", "消息已能重新送达。"),
    ("nobody_on_duty_over", {}, "Somebody is on duty, and no gap is ahead.", "已有人当值，后续也没有空岗。"),
    (
        "provider_failing",
        {"provider": "care-1", "standby": "care-2", "failed": 3, "visits": 12},
        "Of 12 visits asked of the provider care-1, 3 failed. Its work goes to: care-2. Speak with it, and decide.",
        "服务机构care-1受派上门12次，其中3次未履约。任务改派：care-2。请与该机构沟通并作出决定。",
    ),
    (
        "provider_vetoed",
        {"provider": "care-1", "standby": ""},
        ("The residents' supervising committee vetoed the provider care-1. Its work goes to: nobody, so it is still notified."),
        "社区监督委员会否决了服务机构care-1。任务改派：无替补机构，仍通知该机构。",
    ),
    (
        "provider_stopped",
        {"provider": "care-1", "standby": "care-2"},
        "A supervisor suspended the provider care-1. Its work goes to: care-2.",
        "主管暂停了服务机构care-1。任务改派：care-2。",
    ),
    (
        "provider_trial_failed",
        {"provider": "care-1", "standby": "care-2", "failed": 1, "visits": 2},
        "On trial, 1 of 2 visits of the provider care-1 failed. Its work goes to: care-2. Decide.",
        "试用期间，服务机构care-1的2次上门中有1次未履约。任务改派：care-2。请作出决定。",
    ),
    (
        "provider_on_trial",
        {"provider": "care-1"},
        "The provider care-1 is on trial: its standby is notified together with it.",
        "服务机构care-1正在试用：同时通知其替补机构。",
    ),
    (
        "complaint_new",
        {"complaint": 12, "waiting": 3},
        "Complaint number 12 has come in; 3 wait for an answer. The page Providers and volunteers has them.",
        "收到第12号投诉，共有3件待答复，请见“服务机构与志愿者”页面。",
    ),
    (
        "complaint_again",
        {"complaint": 13, "waiting": 4},
        "Somebody has complained of the same alert again: number 13; 4 wait for an answer.",
        "同一告警再次被投诉：第13号；共有4件待答复。",
    ),
    ("complaints_answered", {}, "Each complaint of the area has an answer.", "本片区的投诉均已答复。"),
    ("provider_resumed", {"provider": "care-1"}, "The provider care-1 has its work again.", "服务机构care-1已恢复接单。"),
    (
        "unregistered_alarm",
        {"since_at": EVENING, "device": "wb-9", "shows": "sos", "topic": "t/9"},
        "The unregistered device wb-9 sent a call for help (SOS) at 1 Mar 21:40 on the topic t/9. Find out whose it is.",
        "3月1日 21:40，未登记的设备wb-9发来求助（SOS求助），主题t/9。请立即查明是哪一户的设备。",
    ),
    (
        "unregistered_near",
        {"since_at": EVENING, "device": "w9", "shows": "sos", "topic": "t", "nearest": "w8", "home": "h8"},
        "The unregistered device w9 sent a call for help (SOS) at 1 Mar 21:40 on the topic t. It may be w8 of the home h8.",
        "3月1日 21:40，未登记的设备w9发来求助（SOS求助），主题t。可能是h8这一户的设备w8。",
    ),
    (
        "unregistered_topic",
        {"since_at": EVENING, "device": "w8", "shows": "sos", "topic": "t/w8", "home": "h8"},
        "The device w8 of the home h8 sent a call for help (SOS) at 1 Mar 21:40 on the topic t/w8, which nobody reads.",
        "3月1日 21:40，h8这一户的设备w8发来求助（SOS求助），但发到了没有人接收的主题t/w8。",
    ),
    ("unregistered_known", {}, "The device is registered now, and the message was used.", "该设备现已登记，原消息已处理。"),
    (
        "unregistered_others",
        {"count": 12},
        "12 more calls for help came from devices that nobody has registered. Their messages are in quarantine.",
        "还有12条求助来自未登记的设备，没有逐条告警；消息在隔离区。",
    ),
    (
        "device_misread_codec",
        {"codec": "wmbusmeters"},
        (
            "The device reports, and nothing useful is understood: its messages look like those of wmbusmeters. Enter that "
            "as the form of its messages."
        ),
        "设备有上报，但读不出有用的数据：它的消息像wmbusmeters格式。请把它填为消息格式。",
    ),
    (
        "device_misread_names",
        {"names": "total_m3: volume_m3"},
        (
            "The device reports, and nothing useful is understood. Names that homebeat does not read, and what they may "
            "mean: total_m3: volume_m3. A map of fields can say so."
        ),
        "设备有上报，但读不出有用的数据。homebeat不认识的名称，以及它们可能的含义：total_m3: volume_m3。可以用字段对照表说明。",
    ),
    (
        "device_misread_unit",
        {"names": "volume"},
        (
            "The device gives a volume, and nothing says in which unit, so that it is not used: volume. Have its decoder name "
            "it volume_m3, or enter a map of fields with the factor."
        ),
        "设备给出了水量，但没有说明单位，因此没有采用：volume。请让解码器把它命名为volume_m3，或在字段对照表中填入换算系数。",
    ),
    (
        "device_misread_counters",
        {"names": "counter1, counter2", "example": "counter1"},
        (
            "The device has counters to which meters may be wired: counter1, counter2. Enter each meter as a device of its "
            "own, with the address of this device, a slash and the name of its counter as its address (such as "
            "ADDRESS/counter1), and how many litres one count is."
        ),
        (
            "设备有可以接水表的计数器：counter1, counter2。请把每块水表登记为单独的设备，地址填本设备的地址、斜杠和计数器名称"
            "（如ADDRESS/counter1），并填写每个计数是多少升。"
        ),
    ),
    (
        "device_misread_pulses",
        {},
        "The device counts pulses, and how many litres one is, is not known: enter it with the device.",
        "设备按脉冲计数，但不知道每个脉冲是多少升：请在设备资料中填写。",
    ),
    (
        "device_misread_no_value",
        {"metric": "volume_m3"},
        "The device reports, and has never given what such a device is there for: Meter total. Look at its last message.",
        "设备有上报，但从未给出这类设备应有的数据：水表读数。请查看它的最近一条消息。",
    ),
    ("device_understood", {}, "The device gives now what such a device is there for.", "设备现在已给出应有的数据。"),
    (
        "model_misread_codec",
        {"devices": 12, "model": "Drop 2", "codec": "wmbusmeters"},
        (
            "At least 12 devices of one model (Drop 2) report, and nothing useful is understood: their messages look like "
            "those of wmbusmeters. Enter that as the form of their messages."
        ),
        "同一型号（Drop 2）至少12台设备有上报，但读不出有用的数据：它们的消息像wmbusmeters格式。请把它填为这些设备的消息格式。",
    ),
    (
        "model_misread_names",
        {"devices": 12, "model": "Drop 2", "names": "total_m3: volume_m3"},
        (
            "At least 12 devices of one model (Drop 2) report, and nothing useful is understood. Names that homebeat does "
            "not read, and what they may mean: total_m3: volume_m3. A map of fields can say so."
        ),
        (
            "同一型号（Drop 2）至少12台设备有上报，但读不出有用的数据。homebeat不认识的名称，以及它们可能的含义：total_m3: "
            "volume_m3。可以用字段对照表说明。"
        ),
    ),
    (
        "model_misread_unit",
        {"devices": 12, "model": "Drop 2", "names": "volume"},
        (
            "At least 12 devices of one model (Drop 2) give a volume, and nothing says in which unit, so that it is not used: "
            "volume. Have their decoder name it volume_m3, or enter a map of fields with the factor."
        ),
        (
            "同一型号（Drop 2）至少12台设备给出了水量，但没有说明单位，因此没有采用：volume。请让解码器把它命名为volume_m3，"
            "或在字段对照表中填入换算系数。"
        ),
    ),
    (
        "model_misread_counters",
        {"devices": 12, "model": "Drop 2", "names": "counter1, counter2", "example": "counter1"},
        (
            "At least 12 devices of one model (Drop 2) have counters to which meters may be wired: counter1, counter2. Enter "
            "each meter as a device of its own, with the address of the device, a slash and the name of its counter as its "
            "address (such as ADDRESS/counter1), and how many litres one count is."
        ),
        (
            "同一型号（Drop 2）至少12台设备有可以接水表的计数器：counter1, counter2。请把每块水表登记为单独的设备，"
            "地址填设备的地址、斜杠和计数器名称（如ADDRESS/counter1），并填写每个计数是多少升。"
        ),
    ),
    (
        "model_misread_pulses",
        {"devices": 12, "model": "Drop 2"},
        (
            "At least 12 devices of one model (Drop 2) count pulses, and how many litres one is, is not known: enter it with "
            "the model."
        ),
        "同一型号（Drop 2）至少12台设备按脉冲计数，但不知道每个脉冲是多少升：请在型号资料中填写。",
    ),
    (
        "model_misread_no_value",
        {"devices": 12, "model": "Drop 2", "metric": "volume_m3"},
        (
            "At least 12 devices of one model (Drop 2) report, and have never given what such devices are there for: Meter "
            "total. Look at their last messages."
        ),
        "同一型号（Drop 2）至少12台设备有上报，但从未给出这类设备应有的数据：水表读数。请查看它们的最近消息。",
    ),
    (
        "model_understood",
        {},
        "Each device of the model that was not understood gives now what it is there for, or has left.",
        "该型号此前读不懂的设备，现在都已给出应有的数据，或已停用。",
    ),
]
