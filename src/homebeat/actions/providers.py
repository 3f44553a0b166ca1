"""What somebody sees of providers: contracts, what they were asked, and who gets their work. No step of it is personal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from homebeat.actions.circuits import find_relief
from homebeat.actions.permit import may_within
from homebeat.domain.circuit import Circuit
from homebeat.domain.contract import Contract
from homebeat.domain.durations import MS
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import ResponderId
from homebeat.domain.personal import Illegible
from homebeat.domain.principal import Principal
from homebeat.domain.provider_order import OrderVerdict
from homebeat.domain.role import Operation
from homebeat.store import ProviderEntry, ReadSession


@dataclass(frozen=True, slots=True)
class ProviderSight:
    """What is shown of one provider. Times are epoch ms.

    Attributes:
        counts: How what it was asked since `counted_from` has ended, in the areas of whoever asks.
        history: Every state of its circuit, the newest first. What people said is masked for whoever does not decide on it.
        stands_in: Who gets its work, or would; None where nobody can.
        may_decide: Whoever asks decides on providers where this one answers.
    """

    entry: ProviderEntry
    counts: Mapping[OrderVerdict, int]
    counted_from: int
    history: Sequence[Circuit]
    stands_in: ResponderId | None
    may_decide: bool
    now: int

    @property
    def reasons(self) -> Iterator[str]:
        """What people said, as it is shown."""
        return (one.reason for one in self.history)


def list_provider_sights(
    reader: ReadSession, principal: Principal, now: int, only: Iterable[ResponderId] | None = None
) -> list[ProviderSight]:
    """List the providers of the areas of whoever asks, or those of them that `only` names."""
    entries = reader.providers.list_providers()
    wanted = None if only is None else set(only)
    decides = may_within(reader, principal, Operation.SUSPEND, [entry.areas for entry in entries])
    found = []
    for entry, may_decide in zip(entries, decides, strict=True):
        if wanted is not None and entry.provider not in wanted:
            continue
        terms = entry.contract or Contract()
        counted_from = now - terms.window // MS
        found.append(
            ProviderSight(
                entry,
                reader.providers.count_verdicts(entry.provider, counted_from),
                counted_from,
                [one if may_decide else _mask(one) for one in reader.providers.list_steps(entry.provider)],
                find_relief(entry.provider, entries, now),
                may_decide,
                now,
            )
        )
    return found


def _mask(one: Circuit) -> Circuit:
    return replace(one, reason=Illegible.HIDDEN) if one.reason else one


def get_provider_sight(reader: ReadSession, principal: Principal, now: int, provider: ResponderId) -> ProviderSight:
    """Get what is shown of one provider.

    Raises:
        NotFound: There is none in the areas of whoever asks.
    """
    found = list_provider_sights(reader, principal, now, [provider])
    if not found:
        raise NotFound(f"there is no provider {provider!r}")
    return found[0]
