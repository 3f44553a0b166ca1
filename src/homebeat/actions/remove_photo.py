"""Remove a photo that one has sent from the door: it was the wrong one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.links import load_link
from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Reason, add_note
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation

#: The code of the reason in the alert's history.
PHOTO_REMOVED: Final = "photo_removed"


@dataclass(frozen=True, slots=True)
class RemovePhoto:
    """Remove a photo that one has sent, by the link in a message, for as long as that opens the page.

    1. Find the link again in this transaction; refuse where it has ended, or is no responder's.
    2. Find the photo among those that they have sent for its alert.
    3. Delete it, and note that in the history.

    Attributes:
        link_id: The digest of the link's secret.
        photo: Its id.
    """

    name: ClassVar = "remove_photo"
    operation: ClassVar = Operation.VISIT

    link_id: str
    photo: str

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now.

        Raises:
            NotFound: The link has ended, or is not theirs; or there is no such photo of theirs.
        """
        found = load_link(work, self.link_id)
        alert = work.load_alert(found.alert, None)
        photos = (one for one in work.tx.photos.list_of([alert.id]) if one.visitor == str(work.actor))
        photo = next((one for one in photos if one.id == self.photo), None)
        if photo is None:
            raise NotFound("there is no such photo of yours")
        work.tx.photos.remove(photo)
        after, step = add_note(alert, work.now, str(work.actor), "", Reason(PHOTO_REMOVED, {"photo": photo.id}))
        work.write_step(after, step)
        return after

    def record(self, result: Alert) -> Record:
        """The alert, and the version that it has now."""
        return record_alert(result)
