"""Golden sentences of what is no sign of life after all, and of who is at home."""

EVENING = 1_772_372_400_000  # 2026-03-01 21:40 in Shanghai

OF_LIFE: list[tuple[str, dict[str, float | int | str], str, str]] = [
    (
        "meter_back",
        {"before": 483.125, "after": 482.125},
        (
            "The water meter's total went back from 483.125 m³ to 482.125 m³, where it had stood before: it was misread, and "
            "no water ran in between."
        ),
        "水表读数从483.125立方米退回到此前的482.125立方米：属于误读，期间没有用水。",
    ),
    (
        "home_early",
        {"home_at": EVENING, "until_at": EVENING + 86_400_000},
        (
            "Somebody has been at home since 1 Mar 21:40, though an absence is declared until 2 Mar 21:40. The home is watched"
            " again; please ask, and end the absence."
        ),
        "报备外出要到3月2日 21:40才结束，但3月1日 21:40起家中已有人活动。已恢复监测，请核实并结束外出报备。",
    ),
    (
        "home_early_open",
        {"home_at": EVENING},
        (
            "Somebody has been at home since 1 Mar 21:40, though an absence is declared until further notice. The home is watched"
            " again; please ask, and end the absence."
        ),
        "外出报备没有写明结束时间，但3月1日 21:40起家中已有人活动。已恢复监测，请核实并结束外出报备。",
    ),
]
