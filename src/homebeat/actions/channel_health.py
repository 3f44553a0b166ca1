"""How each kind of channel is: whether its account is set up, and how what was sent lately went."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
        failed_at: When the last of these was, epoch ms; None for none.
        error: What was wrong then, free of addresses.
    """

    kind: str
    is_set_up: bool
    needs: str
    taken: int = 0
    failed: int = 0
    failed_at: int | None = None
    error: str = ""


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
    taken, failed = dict.fromkeys(CONTACT_CHANNELS, 0), dict.fromkeys(CONTACT_CHANNELS, 0)
    last: dict[str, ChannelAttempt] = {}
    for one in attempts:
        if one.kind not in taken or one.is_needless:
            continue
        if one.ok and one.arrival not in _NOT_REACHED:
            taken[one.kind] += 1
            continue
        failed[one.kind] += 1
        if one.kind not in last or last[one.kind].at < one.at:
            last[one.kind] = one
    return [_make_sight(kind, absent, taken[kind], failed[kind], last.get(kind)) for kind in CONTACT_CHANNELS]


def _make_sight(kind: str, absent: Collection[ChannelNeed], taken: int, failed: int, last: ChannelAttempt | None) -> ChannelSight:
    needs = CHANNELS[kind].needs & _ACCOUNTS
    error = "" if last is None else last.error or (last.arrival.value if last.arrival is not None else "")
    at = None if last is None else last.at
    return ChannelSight(kind, not needs & frozenset(absent), "".join(needs), taken, failed, at, error)
