"""What somebody of the family has answered, in words: as on the family's page, so in the queue of the desk."""

from __future__ import annotations

from typing import Final

from homebeat.actions.family_words import FamilyWord
from homebeat.domain.family_reply import FamilyReply
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

SAYS: Final = {
    FamilyReply.CALLING: msg("is calling"),
    FamilyReply.FINE: msg("says that all is well"),
    FamilyReply.WITH_ME: msg("says: with me until %(until)s"),
    FamilyReply.GO: msg("asks that somebody goes and checks"),
}


def write_family_word(word: FamilyWord, words: Wording, zone: str) -> tuple[str, str]:
    """Write who it was and what they said: ``son``, ``says that all is well``. Times are on the clock of `zone`.

    Whoever answered for the family has that beside their relation.
    """
    who = words.text("you") if word.is_own else word.relation or words.text("a contact")
    if word.is_representative:
        who = words.text("%(name)s (for the family)", name=who)
    return who, words.text(SAYS[word.answer], until="" if word.until is None else words.clock(word.until, zone))
