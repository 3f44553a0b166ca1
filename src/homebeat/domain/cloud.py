"""Suppliers' clouds that push their devices' messages to homebeat over HTTP, and how each of them takes our answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: The first level of the topics of pushed messages; the second is the name of the cloud in the settings.
INTAKE: Final = "intake/"


class CloudKind(StrEnum):
    """Whose form and signature a cloud has."""

    CTWING = "ctwing"  # China Telecom, AEP
    ONENET = "onenet"  # China Mobile
    HUAWEI = "huawei"  # IoTDA, OceanConnect
    TENCENT = "tencent"  # IoT Hub, IoT Explorer
    TIANSHU = "tianshu"  # watches
    OTHER = "other"  # a secret address; a map of fields reads the messages


@dataclass(frozen=True, slots=True)
class Patience:
    """How a cloud takes our answers.

    Attributes:
        answer_s: It waits so long for an answer.
        failures: After so many failed pushes in a row it stops for a while; 0 where that is not known.
        pause_s: For so long.
        keeps: Whether it keeps meanwhile what it could not push.
    """

    answer_s: float = 5.0
    failures: int = 0
    pause_s: float = 0.0
    keeps: bool = False


#: From the makers' pages. Where one says nothing of how long it waits, 5 s are taken.
PATIENCE: Final[dict[CloudKind, Patience]] = {
    CloudKind.CTWING: Patience(failures=10, pause_s=60.0),
    CloudKind.ONENET: Patience(keeps=True),
    CloudKind.HUAWEI: Patience(answer_s=14.0, failures=10, pause_s=180.0),
    CloudKind.TENCENT: Patience(),
    CloudKind.TIANSHU: Patience(),
    CloudKind.OTHER: Patience(),
}


def make_intake_topic(cloud: str) -> str:
    """Make the topic of a cloud's messages."""
    return INTAKE + cloud


def find_cloud(topic: str) -> str | None:
    """Find the cloud that a topic belongs to; None for any other topic."""
    return topic.removeprefix(INTAKE) or None if topic.startswith(INTAKE) else None
