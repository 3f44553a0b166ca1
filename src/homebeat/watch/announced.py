"""Follows the topics that devices announce: subscribes to them, and tries again what came on them before.

After a restart the broker may deliver a state before the announcement that explains it. Such a message is set aside, like all on
topics that nothing reads. The broker keeps the announcement, so it comes soon: then the message is read, as of when it came.
"""

from __future__ import annotations

from typing import Final

from homebeat.domain.durations import DAY_MS
from homebeat.ingest.formats import Formats
from homebeat.ingest.source import Source
from homebeat.store import Store
from homebeat.watch.enrolment import Enrolment
from homebeat.watch.tenure import Tenure

#: What came longer before its announcement says nothing that is of use.
_BACK_MS: Final = DAY_MS
#: Of one look, the latest so many.
_MOST: Final = 10_000


def serve(formats: Formats, source: Source, enrolment: Enrolment, store: Store, tenure: Tenure, now: int) -> None:
    """Subscribe to what formats have learned, and ask for what they miss; what came too early is tried again.

    Args:
        formats: Those of the watch.
        source: Where messages come from.
        enrolment: Says which formats devices have.
        store: Where messages are set aside.
        tenure: With its fence.
        now: The time by which messages are set aside, epoch ms.
    """
    topics = formats.list_new(enrolment.formats)
    if topics:
        with store.begin(tenure.fence) as tx:
            tx.quarantine.request_topics(topics, now - _BACK_MS, now, _MOST)
    formats.serve(source, enrolment.formats, enrolment.codecs)
