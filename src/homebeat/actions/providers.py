"""What somebody sees of providers: contracts, what they were asked, and who gets their work. No step of it is personal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from homebeat.actions.circuits import find_relief
from homebeat.actions.permit import may_within
from homebeat.domain.circuit import Circuit
from homebeat.domain.contract import Contract
from homebeat.domain.durations import MS
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import ResponderId
from homebeat.domain.principal import Principal
from homebeat.domain.provider_order import OrderVerdict
from homebeat.domain.role import Operation
from homebeat.store import ProviderEntry, ReadSession


@dataclass(frozen=True, slots=True)
class ProviderSight:
    """What is shown of one provider. Times are epoch ms.

    Attributes:
        counts: How what it was asked since `counted_from` has ended, in the areas of whoever asks.
        history: Every state of its circuit, the newest first.
        stands_in: Who gets its work, or would; None where nobody can.
        shows_reasons: Whoever asks decides on providers where this one answers, so they see what people said.
    """

    entry: ProviderEntry
    counts: Mapping[OrderVerdict, int]
    counted_from: int
    history: Sequence[Circuit]
    stands_in: ResponderId | None
    shows_reasons: bool
    now: int


def list_provider_sights(
    reader: ReadSession, principal: Principal, now: int, only: Iterable[ResponderId] | None = None
) -> list[ProviderSight]:
    """List the providers of the areas of whoever asks, or those of them that `only` names."""
    entries = reader.providers.list_providers()
    wanted = None if only is None else set(only)
    decides = may_within(reader, principal, Operation.SUSPEND, [entry.areas for entry in entries])
    found = []
    for entry, shows_reasons in zip(entries, decides, strict=True):
        if wanted is not None and entry.provider not in wanted:
            continue
        terms = entry.contract or Contract()
        counted_from = now - terms.window // MS
        found.append(
            ProviderSight(
                entry,
                reader.providers.count_verdicts(entry.provider, counted_from),
                counted_from,
                reader.providers.list_steps(entry.provider),
                find_relief(entry.provider, entries, now),
                shows_reasons,
                now,
            )
        )
    return found


def get_provider_sight(reader: ReadSession, principal: Principal, now: int, provider: ResponderId) -> ProviderSight:
    """Get what is shown of one provider.

    Raises:
        NotFound: There is none in the areas of whoever asks.
    """
    found = list_provider_sights(reader, principal, now, [provider])
    if not found:
        raise NotFound(f"there is no provider {provider!r}")
    return found[0]
