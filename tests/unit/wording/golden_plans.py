"""What is said of response plans: code, parameters, English, Chinese."""

from __future__ import annotations

OF_PLANS: list[tuple[str, dict[str, float | int | str], str, str]] = [
    ("plan_begun", {"who": "desk", "ways": 0}, "The plan for this alert has begun: the desk.", "预案已启动：通知值班台。"),
    (
        "nobody_answered",
        {"who": "worker,supervisor", "ways": 2},
        "Nobody has answered yet. Next in the plan: the paired volunteer or grid worker, the supervisor (messages sent: 2).",
        "仍无人应答，按预案继续通知：结对志愿者或网格员、主管（已发出消息2条）。",
    ),
    (
        "taken_no_outcome",
        {},
        "Somebody had taken this alert and said nothing more in time. It waits for somebody again.",
        "接单后未按时反馈结果，已重新等待接单。",
    ),
]
