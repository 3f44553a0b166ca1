"""Writes what residents are found by, where many homes wait for it: after an upgrade, and after a large import."""

from __future__ import annotations

import logging
import threading
from typing import Final

from homebeat.domain.errors import Refused, Unavailable
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store

#: How often is looked whether homes wait, and how long others may write between two parts, seconds.
_LOOK_EVERY_S: Final = 5.0
_PAUSE_S: Final = 0.05
_AGAIN_AFTER_S: Final = 30.0
_log = logging.getLogger(__name__)


def keep_search_index(store: Store, stop: threading.Event) -> None:
    """Write the terms of homes that wait, a part in each transaction, until `stop` is set. A fault is logged and tried again."""
    written = 0
    while not stop.is_set():
        try:
            with store.read(EVERYTHING) as reader:
                some = reader.search.count_pending()
            if some:
                with store.begin() as tx:
                    some = tx.search_index.write_some()
        except (Unavailable, Refused) as error:
            _log.warning("the search of residents is not written on: %s", error)
            stop.wait(_AGAIN_AFTER_S)
            continue
        written += some
        if some:
            stop.wait(_PAUSE_S)
            continue
        if written:
            _log.info("the search of residents is written: %d homes", written)
        written = 0
        stop.wait(_LOOK_EVERY_S)
