"""What is said of response plans: code, parameters, English, Chinese."""

from __future__ import annotations

from tests.unit.wording.golden_alarms import EVENING

OF_PLANS: list[tuple[str, dict[str, float | int | str], str, str]] = [
    ("plan_begun", {"who": "desk", "ways": 0}, "The plan for this alert has begun: the desk.", "预案已启动：通知值班台。"),
    (
        "nobody_answered",
        {"who": "worker,supervisor", "ways": 2},
        "Nobody has answered yet. Next in the plan: the paired volunteer or grid worker, the supervisor (channels: 2).",
        "仍无人应答，按预案继续通知：结对志愿者或网格员、主管（通知方式2种）。",
    ),
    (
        "nobody_answered_no_standby",
        {"who": "provider", "ways": 1},
        (
            "Nobody has answered yet. Next in the plan: the provider (channels: 1). This provider should not get the work, "
            "but nobody can stand in."
        ),
        "仍无人应答，按预案继续通知：服务机构（通知方式1种）。该服务机构本不应接单，但没有机构可以替补。",
    ),
    (
        "taken_no_outcome",
        {},
        "Somebody had taken this alert and said nothing more in time. It waits for somebody again.",
        "接单后未按时反馈结果，已重新等待接单。",
    ),
    (
        "silenced",
        {"since_at": EVENING},
        "This was so since 1 Mar 21:40. Somebody had silenced it, so the alert was opened later.",
        "3月1日 21:40起已是如此，当时有人设置了静默，因此推迟告警。",
    ),
    (
        "behind_area_outage",
        {"since_at": EVENING, "cause": "a0", "cause_at": EVENING - 3_600_000},
        ("This was so since 1 Mar 21:40. It waited behind the alert about many homes, which had no water since 1 Mar 20:40."),
        "3月1日 21:40起已是如此；因多户自3月1日 20:40起停水，先由一条合并告警统一处理，因此推迟告警。",
    ),
    (
        "behind_gateway_down",
        {"since_at": EVENING, "cause": "a0", "cause_at": EVENING - 3_600_000},
        (
            "This was so since 1 Mar 21:40. It waited behind the alert about many homes, whose devices were silent since "
            "1 Mar 20:40."
        ),
        "3月1日 21:40起已是如此；因多户的设备自3月1日 20:40起离线，先由一条合并告警统一处理，因此推迟告警。",
    ),
    (
        "behind_many_quiet",
        {"since_at": EVENING, "cause": "a0", "cause_at": EVENING - 3_600_000},
        ("This was so since 1 Mar 21:40. It waited behind the alert about many homes, which were quiet since 1 Mar 20:40."),
        "3月1日 21:40起已是如此；因自3月1日 20:40起多户无动静，先由一条合并告警统一处理，因此推迟告警。",
    ),
    (
        "many_quiet",
        {"homes": 8, "since_at": EVENING, "list": "h-3, h-1"},
        (
            "Residents of 8 homes have become quiet within three hours, the first at 1 Mar 21:40: one cause for all, or each of "
            "them needs somebody. Longest without a sign of life first: h-3, h-1."
        ),
        (
            "三小时内有8户老人先后没有动静，最早一户自3月1日 21:40起：可能是同一个原因，也可能每一户都需要有人去看。"
            "没有动静最久的排在最前：h-3、h-1。"
        ),
    ),
    (
        "many_quiet_over",
        {"since_at": EVENING},
        "Most of the residents who had been quiet since 1 Mar 21:40 are not quiet any more.",
        "自3月1日 21:40起没有动静的老人，大多已有动静。",
    ),
    ("family_calling", {}, "Somebody of the family is calling.", "家属正在打电话联系。"),
    (
        "platform_down",
        {"platform": "city", "since_at": EVENING},
        (
            "The city platform city has taken no events since 1 Mar 21:40. They wait for it, and nothing is lost; until then its "
            "people must be called."
        ),
        "城市平台city自3月1日 21:40起没有接收事件。事件会保留并按顺序补发，不会丢失；这期间请电话通知平台人员。",
    ),
    (
        "platform_down_over",
        {"platform": "city", "since_at": EVENING},
        "The city platform city takes events again, after it had taken none since 1 Mar 21:40.",
        "城市平台city自3月1日 21:40起没有接收事件，现已恢复。",
    ),
    ("home_seen", {"home": "h-3"}, "The home h-3: somebody was seen there.", "住户h-3：已见到人。"),
    ("home_not_opened", {"home": "h-3"}, "The home h-3: nobody opened.", "住户h-3：无人应门。"),
    ("family_fine", {}, "Somebody of the family says that all is well.", "家属回复：平安无事。"),
    (
        "family_with_me",
        {"until_at": EVENING},
        "Somebody of the family says: with me until 1 Mar 21:40.",
        "家属回复：在我这里，住到3月1日 21:40。",
    ),
    (
        "family_fine",
        {"representative": 1},
        "Somebody of the family says that all is well. This is the family's answer.",
        "家属回复：平安无事。这是家属代表的答复。",
    ),
    (
        "family_calling",
        {"outranked": 1, "contested": 1},
        (
            "Somebody of the family is calling. The family's answer stands: this changes nothing in the plan. "
            "Somebody else of the family asks that somebody goes: this puts nothing off."
        ),
        "家属正在打电话联系。以家属代表的答复为准，预案不变。另有家属请求上门查看，此答复不推迟任何步骤。",
    ),
    ("call_no_answer", {"callee": "resident"}, "Called: the resident. Nobody answered.", "已打给老人本人：无人接听。"),
    ("call_spoke", {"callee": "contact"}, "Called: a contact. Somebody answered.", "已打给一位联系人：已接通。"),
    (
        "call_off",
        {"callee": "contact"},
        "Called: a contact. The telephone is switched off or out of reach.",
        "已打给一位联系人：关机或不在服务区。",
    ),
    ("call_wrong_number", {"callee": "contact"}, "Called: a contact. The number is wrong.", "已打给一位联系人：号码有误。"),
    ("family_go", {}, "Somebody of the family asks that somebody goes and checks.", "家属请求上门查看。"),
    (
        "visit_assigned",
        {"due_at": EVENING},
        "Somebody was sent to the door; they are to set off by 1 Mar 21:40.",
        "已派人上门，须在3月1日 21:40前出发。",
    ),
    (
        "visit_en_route",
        {"due_at": EVENING},
        "Somebody is on the way; they are due at the door by 1 Mar 21:40.",
        "上门人员已出发，应在3月1日 21:40前到门口。",
    ),
    (
        "visit_at_door",
        {"due_at": EVENING, "proof": "code"},
        "Somebody is at the door (proof: the code at the door); what they find is due by 1 Mar 21:40.",
        "上门人员已到门口（凭据：门口的码），应在3月1日 21:40前反馈。",
    ),
    (
        "sent_later",
        {"at": EVENING},
        "That was pressed on the telephone at 1 Mar 21:40; there was no connection until now.",
        "以上是3月1日 21:40在手机上点的；当时没有网络，现在才收到。",
    ),
    ("photo_sent", {"photo": "f00d"}, "A photo was sent from the door.", "上门人员从门口发来一张照片。"),
    (
        "photo_removed",
        {"photo": "f00d"},
        "A photo from the door was removed by whoever had sent it.",
        "上门人员删除了自己从门口发来的一张照片。",
    ),
    (
        "door_code_wrong",
        {"tries": 2, "most": 5},
        "A code was typed that is not the one at the door (try 2 of 5).",
        "输入的码与门口的码不符（第2次，共5次机会）。",
    ),
    (
        "visit_seen",
        {"proof": "none", "outcome": "helped"},
        "Somebody was at the door (proof: none) and reports: Needed help, was helped.",
        "已有人上门（凭据：无），反馈：确需帮助，已处置。",
    ),
    ("visit_seen_by", {}, "Somebody was seen at the door; the desk closes this alert.", "上门已见到人，由值班台办结。"),
    (
        "order_reported",
        {"platform": "city", "order": "2026-0301-07", "progress": "at_the_door"},
        "city reports on its order 2026-0301-07: somebody is at the door.",
        "city反馈工单2026-0301-07：已到场。",
    ),
    (
        "order_unknown",
        {"platform": "city", "order": "2026-0301-07"},
        "city reports something on its order 2026-0301-07 that means nothing here; the remark has it.",
        "city反馈的工单2026-0301-07状态未作配置，原文见备注。",
    ),
    ("visit_missed", {}, "Nobody came to the door in time.", "没有人按时到门口。"),
    ("follow_up_good", {}, "Follow-up: somebody came, and it was right.", "回访：有人来了，处理得对。"),
    ("follow_up_nobody", {}, "Follow-up: nobody came.", "回访：没有人来。"),
    ("follow_up_wrong", {}, "Follow-up: somebody came, and it was not right.", "回访：有人来了，但处理得不对。"),
    (
        "visit_at_door",
        {"due_at": EVENING, "proof": "code", "nearness": "near", "distance_m": 30, "accuracy_m": 20},
        (
            "Somebody is at the door (proof: the code at the door); what they find is due by 1 Mar 21:40. "
            "By the telephone they were 30 m from the home."
        ),
        "上门人员已到门口（凭据：门口的码），应在3月1日 21:40前反馈。手机定位距住户约30米。",
    ),
    (
        "visit_at_door",
        {"due_at": EVENING, "proof": "none", "nearness": "far", "distance_m": 1200, "accuracy_m": 20},
        (
            "Somebody is at the door (proof: none); what they find is due by 1 Mar 21:40. "
            "But by the telephone they were 1,200 m from the home."
        ),
        "上门人员已到门口（凭据：无），应在3月1日 21:40前反馈。但手机定位距住户约1,200米。",
    ),
    (
        "visit_seen",
        {"proof": "none", "outcome": "fine", "nearness": "unusable"},
        (
            "Somebody was at the door (proof: none) and reports: Confirmed safe and well. "
            "The telephone's position could not be used."
        ),
        "已有人上门（凭据：无），反馈：已确认平安。手机定位无法采用。",
    ),
    (
        "visit_resumed",
        {"due_at": EVENING},
        "The closing was undone: whoever was to go to the door is expected again, by 1 Mar 21:40.",
        "结案已撤销：上门人员仍应在3月1日 21:40前到位。",
    ),
    ("visit_cancelled", {}, "The visit was called off.", "上门已取消。"),
    ("visit_cannot", {}, "Whoever was to go to the door cannot.", "上门人员去不了。"),
]
