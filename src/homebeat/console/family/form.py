"""What somebody has pressed on the family's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from homebeat.actions import Reply, SayAfterwards, StopWriting
from homebeat.actions.perform import Action
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.follow_up import FollowUpAnswer


@dataclass(frozen=True, slots=True)
class FamilyForm:
    """The fields of the page's forms, as they came.

    Attributes:
        answer: A `FamilyReply`.
        until: A day such as `2026-03-01`; only `with_me` looks at it.
        writing: `stop` or `again`.
        after: A `FollowUpAnswer`.
    """

    answer: str = ""
    until: str = ""
    writing: str = ""
    after: str = ""

    def make_action(self, link_id: str, timezone: str) -> Action[Any]:
        """Make the action that was asked for.

        Args:
            link_id: The digest of the link's secret.
            timezone: Of the home.

        Raises:
            ValueError: Nothing that can be pressed was pressed, or the day is none.
        """
        if self.writing:
            if self.writing not in {"stop", "again"}:
                raise ValueError(self.writing)
            return StopWriting(link_id, is_wanted=self.writing == "again")
        if self.after:
            return SayAfterwards(link_id, FollowUpAnswer(self.after))
        reply = FamilyReply(self.answer)
        until = find_evening(self.until, timezone) if reply is FamilyReply.WITH_ME else None
        return Reply(link_id, reply, until)


def find_evening(day: str, timezone: str) -> int:
    """Find when a day ends in a time zone: its last minute, epoch ms.

    Raises:
        ValueError: It is no day.
    """
    return int(datetime.combine(date.fromisoformat(day), time(23, 59), ZoneInfo(timezone)).timestamp() * 1000)
