"""The state of deliveries, for `/readyz`, `/metrics` and the heartbeat that other processes read."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class DeliverState:
    """The state at one moment. Counts are since the start of this process; times epoch ms.

    Attributes:
        stepped_at: When the outbox was last polled; 0 for never. An old time means that nothing is being sent.
        waiting: How many notices are not delivered and not given up on.
        dead: How many notices were given up on.
        oldest_due_at: When the longest-waiting notice was due; None when none waits.
        in_flight: How many attempts run.
        held: How many claimed notices wait for their slow endpoint.
        put_off: How often a notice was put off because its provider takes no more now.
        faults: How many unforeseen errors ended work at the edge of a thread; each is in the log.
        last_fault: The kind of the last one; empty when there was none.
    """

    stepped_at: int = 0
    waiting: int = 0
    dead: int = 0
    oldest_due_at: int | None = None
    in_flight: int = 0
    held: int = 0
    delivered: int = 0
    failed: int = 0
    superseded: int = 0
    put_off: int = 0
    given_up: int = 0
    lost_leases: int = 0
    faults: int = 0
    last_fault: str = ""

    def compute_outbox_age_s(self, now: int) -> float:
        """Compute how late the longest-waiting notice is, in seconds; 0 when none is late."""
        return max(0, now - self.oldest_due_at) / 1000 if self.oldest_due_at is not None else 0.0

    def make_detail(self) -> dict[str, str | int | float | bool | None]:
        """As the detail of a heartbeat."""
        return asdict(self)
