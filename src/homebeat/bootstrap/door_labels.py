"""`homebeat fleet labels`: a sheet of door labels, to be printed."""

from __future__ import annotations

from pathlib import Path

from homebeat.actions import Perform, PrintDoorLabels, RenewDoorCode
from homebeat.bootstrap.people import find_command_principal
from homebeat.bootstrap.private_files import write_private
from homebeat.console.labels.sheet import draw_sheet
from homebeat.console.web.page import Templates
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.store import Store
from homebeat.wording import Wording


def print_labels(store: Store, area: str, household: str, out: Path, base: str, language: str, *, renew: bool) -> int:
    """Write a sheet of the labels of an area, or of one home, as a page that loads nothing.

    Args:
        store: Closed by whoever opened it.
        area: An id; empty for none.
        household: An id; empty for none.
        out: The file; only whoever runs this may read it.
        base: What links begin with.
        language: Of what is not on the labels.
        renew: Give the home another code before.

    Raises:
        Incomplete: Neither an area nor a home was named, or there are too many homes for one sheet.
        NotFound: There is no such area or home.
    """
    home = HouseholdId(household) if household else None
    if renew and home is None:
        raise Incomplete("a code is renewed of one home: name it with --household")
    perform, principal = Perform(store, store.read_now), find_command_principal()
    if renew and home is not None:  # the old label proves nothing from here on
        perform(principal, RenewDoorCode(home))
    codes = perform(principal, PrintDoorLabels(AreaId(area) if area else None, home))
    write_private(out, draw_sheet(Templates(), codes, base, Wording(language), is_alone=True))
    print(f"{len(codes)} labels: {out}")
    return 0
