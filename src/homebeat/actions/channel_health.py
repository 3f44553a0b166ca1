"""How each kind of channel is: whether its account is set up, and how what was sent lately went."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.domain.channel import CHANNELS, CONTACT_CHANNELS, ChannelNeed
from homebeat.domain.durations import DAY_MS
from homebeat.domain.message_proof import MessageProof
from homebeat.store import ChannelAttempt, ReadSession

#: What was sent in this time counts, of the last attempts at most so many.
LATELY_MS: Final = DAY_MS
MOST_ATTEMPTS: Final = 2_000
#: Without one of these a kind of channel cannot work at all.
_ACCOUNTS: Final = frozenset({ChannelNeed.EMAIL, ChannelNeed.SMS, ChannelNeed.VOICE, ChannelNeed.WECOM_APP, ChannelNeed.APPRISE})
_NOT_REACHED: Final = frozenset({MessageProof.FAILED, MessageProof.UNANSWERED})


@dataclass(frozen=True, slots=True)
class ChannelSight:
    """One kind of channel.

    Attributes:
        is_set_up: Messages can be sent over it. One that needs no account always is.
        needs: The section of the settings with its account; empty where it needs none.
        taken: Attempts that the receiver or the provider took, and of which nobody says that they did not arrive.
        failed: The others that were made.
        taken_at: When the last that was taken was, epoch ms; None for none.
        failed_at: When the last that failed was, epoch ms; None for none.
        error: What was wrong then, free of addresses.
    """

    kind: str
    is_set_up: bool
    needs: str
    taken: int = 0
    failed: int = 0
    taken_at: int | None = None
    failed_at: int | None = None
    error: str = ""

    @property
    def is_failing(self) -> bool:
        """Whether the last attempt failed: a hundred that were taken before say nothing about a provider that is away now."""
        return self.failed_at is not None and (self.taken_at is None or self.taken_at <= self.failed_at)


def list_channel_sights(reader: ReadSession, absent: Collection[ChannelNeed], now: int) -> list[ChannelSight]:
    """List every kind of channel that reaches people, with what was sent in the scope of the reader.

    Args:
        reader: Of whoever asks.
        absent: The accounts through which nothing can be sent.
        now: Epoch ms.
    """
    return count_attempts(reader.outbox.list_last_attempts(now - LATELY_MS, MOST_ATTEMPTS), absent)


def count_attempts(attempts: Iterable[ChannelAttempt], absent: Collection[ChannelNeed]) -> list[ChannelSight]:
    """Count attempts by kind of channel, in the order of the catalogue; `attempts` may come in any order."""
    taken: dict[str, list[ChannelAttempt]] = {kind: [] for kind in CONTACT_CHANNELS}
    failed: dict[str, list[ChannelAttempt]] = {kind: [] for kind in CONTACT_CHANNELS}
    for one in attempts:
        if one.kind not in taken or one.is_needless:
            continue
        (taken if one.ok and one.arrival not in _NOT_REACHED else failed)[one.kind].append(one)
    return [_make_sight(kind, absent, taken[kind], failed[kind]) for kind in CONTACT_CHANNELS]


def _make_sight(
    kind: str, absent: Collection[ChannelNeed], taken: Sequence[ChannelAttempt], failed: Sequence[ChannelAttempt]
) -> ChannelSight:
    needs = CHANNELS[kind].needs & _ACCOUNTS
    last = max(failed, key=lambda one: one.at, default=None)
    error = "" if last is None else last.error or (last.arrival.value if last.arrival is not None else "")
    return ChannelSight(
        kind,
        not needs & frozenset(absent),
        "".join(needs),
        len(taken),
        len(failed),
        max((one.at for one in taken), default=None),
        None if last is None else last.at,
        error,
    )
