"""Photos from the door, for whoever sees what people wrote about the alert."""

from __future__ import annotations

from homebeat.actions.view import View
from homebeat.domain.errors import NotFound, NotPermitted
from homebeat.domain.ids import AlertId
from homebeat.domain.personal import Illegible
from homebeat.domain.role import Field
from homebeat.domain.visit_photo import VisitPhoto
from homebeat.store import AlertEntry


def list_photos(view: View, entry: AlertEntry) -> list[VisitPhoto]:
    """List the photos of an alert that this view has found, oldest first, without their pictures; none where they are hidden."""
    return [] if Field.NOTES in entry.hidden else view.reader.photos.list_of([entry.alert.id])


def open_photo(view: View, alert_id: AlertId, photo: str) -> bytes:
    """Open a photo, a JPEG. Each time is a look, on record before the picture leaves.

    Raises:
        NotFound: There is no such alert or photo, or the photo can never be opened again.
        NotPermitted: Their role does not show it, or not now.
    """
    detail = view.get_alert(alert_id)
    household = None if detail is None else detail.entry.alert.subject.household
    if detail is None or household is None:
        raise NotFound("there is no such alert")
    if Field.NOTES in detail.entry.hidden:
        raise NotPermitted("your role does not show photos of this home, or not now")
    picture = view.reader.photos.open(alert_id, photo, household)
    if picture is None or isinstance(picture, Illegible):
        raise NotFound("there is no such photo, or it was erased")
    view.note(f"alert:{alert_id}", {Field.NOTES})
    return picture
