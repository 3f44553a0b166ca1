"""Send a photo from the door, by the link in a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from homebeat.actions.links import load_link
from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Reason, add_note
from homebeat.domain.errors import NotAllowed
from homebeat.domain.role import Operation
from homebeat.domain.visit_photo import MOST_PHOTOS, takes_photos

#: The code of the reason in the alert's history.
PHOTO_SENT: Final = "photo_sent"


@dataclass(frozen=True, slots=True)
class SendPhoto:
    """Send a photo from the door, by the link in a message.

    1. Find the link again in this transaction; refuse where it has ended, or is no responder's.
    2. Load its alert. It may be closed: what was found may have closed it.
    3. Refuse where they are not at the door and were not within the last hour, or have sent enough photos.
    4. Seal it with the key of the home, and note it in the history. The same photo again changes nothing.

    Attributes:
        link_id: The digest of the link's secret.
        picture: A JPEG that `photos.PhotoShrinker` has made.
    """

    name: ClassVar = "send_photo"
    operation: ClassVar = Operation.VISIT

    link_id: str
    picture: bytes = field(repr=False)

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now.

        Raises:
            NotFound: The link has ended, or is not theirs.
            NotAllowed: They are not at the door, or have sent enough; or the alert is about many homes.
        """
        found = load_link(work, self.link_id)
        alert = work.load_alert(found.alert, None)
        mine = [one for one in work.tx.visits.list_of([alert.id]) if one.visitor == str(work.actor)]
        visit, household = mine[-1] if mine else None, alert.subject.household
        if visit is None or household is None or not takes_photos(visit, work.now):
            raise NotAllowed("photos are taken while somebody is at the door, and within an hour after that")
        photo = work.tx.photos.add(visit, household, self.picture, work.now)
        if photo is None:
            return alert
        if sum(one.visit == visit.id for one in work.tx.photos.list_of([alert.id])) > MOST_PHOTOS:
            raise NotAllowed(f"a visit has at most {MOST_PHOTOS} photos")
        after, step = add_note(alert, work.now, str(work.actor), "", Reason(PHOTO_SENT, {"photo": photo.id}))
        work.write_step(after, step)
        return after

    def record(self, result: Alert) -> Record:
        """The alert, and the version that it has now; nothing of the picture."""
        return record_alert(result)
