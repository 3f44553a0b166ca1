"""The link by which somebody without an account acts."""

from __future__ import annotations

from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.store import FoundLink


def load_link(work: Work, link_id: str) -> FoundLink:
    """Load the link by which the actor acts, again in this transaction.

    A contact who left, and a responder who answers there no more, has none.

    Raises:
        NotFound: It has ended meanwhile, or is somebody else's.
    """
    found = work.tx.message_links.find(link_id)
    if found is None or not found.link.is_valid(work.now) or found.link.contact != work.actor.name:
        raise NotFound("there is no such link")
    return found
