"""Enter what a provider says became of messages and calls that it had accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import ClassVar, Final

from homebeat.actions.follow_reach import FollowReach
from homebeat.actions.give_up import GiveUp
from homebeat.actions.identify import make_family_caller
from homebeat.actions.perform import Record, perform_in
from homebeat.actions.reply import Reply
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed, NotFound, Refused
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.domain.role import Operation
from homebeat.store import Leased

#: Why the channels behind one were not used.
ARRIVED: Final = "another channel of theirs has brought it"


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """What became of receipts.

    Attributes:
        entered: Kept.
        repeated: Nothing new.
        early: Kept until the attempt that they are about is stored (`EnterEarlyReceipts`).
        unknown: Not kept, because too many wait already.
    """

    entered: int = 0
    repeated: int = 0
    early: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class EnterReceipts:
    """Enter receipts of one provider.

    1. Keep each with the attempt that it is about, unless as much was known: providers repeat them, and send them in any order.
    2. Where the message arrived, the next channels of that person are not needed.
    3. Where it did not, the next one begins at once.
    4. Where the provider cannot reach the address at all, the notice is given up on, which is itself an alert (`GiveUp`).
    5. A pressed key is an answer of whoever was called, by the link that the call stands for. It is one once: what is brought
       again takes no later answer back.
    6. Where no attempt has the message's name, the provider was quicker than our own transaction, or the message is not ours:
       keep what it says for some minutes.

    Attributes:
        keys: Which key is which answer.
    """

    name: ClassVar = "enter_receipts"
    operation: ClassVar = Operation.ENTER_RECEIPTS

    receipts: Sequence[ProviderReceipt]
    keys: Mapping[str, FamilyReply] = field(default_factory=dict)

    def run(self, work: Work) -> EntryCounts:
        """Returns how many there were of which kind."""
        entered = early = unknown = 0
        for receipt in self.receipts:
            # asked first: an attempt that another transaction stores meanwhile is found later, by what is kept
            is_stored = work.tx.arrivals.has(receipt.reference)
            if enter_receipt(work, receipt, self.keys.get(receipt.key)):
                entered += 1
            elif not is_stored:
                is_kept = work.tx.early_receipts.keep(receipt, self.keys.get(receipt.key), work.now)
                early, unknown = early + is_kept, unknown + (not is_kept)
        return EntryCounts(entered, len(self.receipts) - entered - early - unknown, early, unknown)

    def record(self, result: EntryCounts) -> Record:
        """How many there were of which kind."""
        return Record("", asdict(result))


def enter_receipt(work: Work, receipt: ProviderReceipt, answer: FamilyReply | None) -> bool:
    """Enter one receipt, with what a pressed key means; False where it says nothing new, or of no message of ours."""
    notice = work.tx.arrivals.enter(receipt, work.now)
    if notice is None:
        return False
    _follow(work, notice, receipt)
    if answer is not None:
        _reply(work, receipt, answer)
    return True


def _reply(work: Work, receipt: ProviderReceipt, answer: FamilyReply) -> None:
    caller = make_family_caller(work.tx.message_links.find_by_reference(receipt.reference), work.now)
    if caller is None:
        return
    try:
        with work.tx.begin_part():
            perform_in(work.tx, caller.principal, Reply(caller.link_id, answer), work.now, work.setup)
    except Refused as refused:
        # pressed after the alert was closed, or the link has ended: there is nothing left to answer, and nothing half done stays
        if not isinstance(refused.__cause__, NotFound | NotAllowed):
            raise


def _follow(work: Work, notice: Leased, receipt: ProviderReceipt) -> None:
    if receipt.arrival is not MessageProof.UNANSWERED:
        follow = FollowReach(notice, is_reached=receipt.arrival.is_proof)
        perform_in(work.tx, work.principal, follow, work.now, work.setup)
    if receipt.arrival.is_proof:
        work.tx.chains.end(notice, work.now, ARRIVED)
        return
    work.tx.chains.begin_next(notice, work.now)
    why = f"the provider says that it did not arrive: {receipt.code}"
    if receipt.arrival is MessageProof.FAILED and work.tx.arrivals.give_up(notice, why):
        perform_in(work.tx, work.principal, GiveUp(notice, notice.attempts, work.now), work.now, work.setup)
