"""Says what an import of a fleet file changes, in the language of its reader."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from homebeat.domain.contact_id import is_derived
from homebeat.domain.fleet import Contact, Fleet
from homebeat.registry.signing_secrets import NewSecret
from homebeat.settings.findings import Finding
from homebeat.store import FleetChange, TableChange
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

_MOST_CELLS: Final = 200
_NAMED: Final = 5
#: What was changed of each kind, and the message for it.
_CHANGES: Final[Mapping[str, str]] = {
    "added": msg("%(kind)s: %(count)s added: %(names)s"),
    "changed": msg("%(kind)s: %(count)s changed: %(names)s"),
    "removed": msg("%(kind)s: %(count)s removed: %(names)s"),
}
KINDS: Final[Mapping[str, str]] = {
    "areas": msg("areas"),
    "households": msg("households"),
    "residents": msg("residents"),
    "contacts": msg("contacts"),
    "devices": msg("devices"),
    "away": msg("away"),
    "responders": msg("responders"),
}


class Retired(NamedTuple):
    """Of a kind, how many an import would retire, and how many there are."""

    kind: str
    gone: int
    there: int


class FleetReport:
    """Prints what changes on standard output, and what to look at on standard error."""

    def __init__(self, words: Wording) -> None:
        self.words: Final = words

    def print_cells(self, lines: Iterator[str]) -> None:
        """Print what would change by line and cell."""
        for count, line in enumerate(lines):
            if count < _MOST_CELLS:
                print(line)
            else:
                print(self.words.text("and more than these %(count)s", count=_MOST_CELLS))
                break

    def print_change(self, change: FleetChange) -> None:
        """Print how many of each kind change."""
        if not change:
            print(self.words.text("nothing to change"))
        if change.kept:
            text = msg("households: %(count)s are kept in the console, and left as they are: %(names)s")
            print(self.words.text(text, count=len(change.kept), names=self._name_some(change.kept)))
            print(self.words.text("--take-back makes them what the file says again"))
        for kind, name in KINDS.items():
            difference: TableChange = getattr(change, kind)
            for what, text in _CHANGES.items():
                if ids := getattr(difference, what):
                    named = self._name_some(ids)
                    print(self.words.text(text, kind=self.words.text(name), count=len(ids), names=named))

    def explain_contacts(self, change: FleetChange, known: Iterable[Contact], fleet: Fleet) -> None:
        """Explain what an import means for contacts whom it retires, above all where somebody may only have a new name."""
        if change.unsent:
            text = msg("%(count)s notices were waiting for people who are retired now; they will not be sent")
            self._note(self.words.text(text, count=change.unsent))
        removed, added = set(change.contacts.removed), set(change.contacts.added)
        if not removed:
            return
        gone = [who for who in known if who.id in removed and is_derived(who)]
        new: dict[str, list[str]] = {}
        for home in fleet.households:
            new |= {home.id: names} if (names := [c.name for c in home.contacts if c.id in added and is_derived(c)]) else {}
        for who in gone:
            household, own = who.id.split("/", 1)
            if household in new:
                text = msg(
                    "%(home)s: %(old)s is retired, and %(new)s is somebody new. "
                    "If only the name changed, give the new entry `id: %(own)s` and import again"
                )
                added_here = self.words.join_list(*map(repr, new[household]))
                self._note(self.words.text(text, home=household, old=repr(who.name), new=added_here, own=own))

    def explain_zeros(self, change: FleetChange) -> None:
        """Say where a new id is that of somebody retired without its leading zeros: spreadsheets drop them."""
        for kind in ("households", "residents", "devices"):
            difference: TableChange = getattr(change, kind)
            gone = {ident.lstrip("0"): ident for ident in difference.removed if ident.startswith("0")}
            for new in difference.added:
                if new in gone:
                    text = msg(
                        "%(kind)s: %(new)s is new and %(old)s is retired: a spreadsheet drops leading zeros. "
                        "Format the column as text, and type them again"
                    )
                    self._note(self.words.text(text, kind=self.words.text(KINDS[kind]), new=repr(new), old=repr(gone[new])))

    def print_notes(self, findings: Iterable[Finding]) -> None:
        """Print what the registry as a whole should be looked at for."""
        for finding in findings:
            self._note(str(finding))

    def print_secrets(self, made: Iterable[NewSecret]) -> None:
        """Print the signing secrets that were made: nobody can read them later."""
        text = msg("signing secret of %(contact)s, channel %(index)s: %(secret)s  (shown once: give it to the receiver)")
        for new in made:
            print(self.words.text(text, contact=new.contact, index=new.channel_index, secret=new.secret))

    def print_too_many(self, found: Iterable[Retired]) -> None:
        """Print what more than a tenth of would be retired."""
        text = msg("%(kind)s: %(gone)s of %(there)s would be retired, more than a tenth: that needs --yes")
        for one in found:
            said = self.words.text(text, kind=self.words.text(KINDS[one.kind]), gone=one.gone, there=one.there)
            print(said, file=sys.stderr)

    def say_nothing_written(self, *, is_dry_run: bool) -> int:
        """Say that nothing was written, and why; returns the exit status."""
        if is_dry_run:
            print(self.words.text("nothing was written: this was a dry run"))
            return 0
        text = msg("nothing was written: is the file whole? If they are to be retired, import it with --yes")
        print(self.words.text(text), file=sys.stderr)
        return 1

    def _name_some(self, ids: Sequence[str]) -> str:
        shown = self.words.join_list(*ids[:_NAMED])
        return (
            shown if len(ids) <= _NAMED else self.words.text("%(names)s and %(count)s more", names=shown, count=len(ids) - _NAMED)
        )

    def _note(self, text: str) -> None:
        print(self.words.text("note: %(text)s", text=text), file=sys.stderr)
