"""Short ways to take everything out of one installation and into another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from homebeat.actions import TakeIn, perform_in
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import make_command
from homebeat.domain.scope import EVERYTHING
from homebeat.exchange.export import FORMS, ExportScope, write_everything
from homebeat.exchange.folder import ExportFolder, hash_file
from homebeat.exchange.incoming import Incoming
from homebeat.exchange.manifest import FORM, NAME, Manifest, write_manifest
from homebeat.store import Store
from homebeat.store.portable.nouns import NOUNS

ME = make_command("tester")


def keep_still(_noun: str, _rows: int) -> None:
    """Nobody looks."""


def export(store: Store, out: Path, wanted: ExportScope | None = None, form: str = "ndjson") -> Manifest:
    wanted = wanted or ExportScope()
    with store.read(EVERYTHING) as reader, ExportFolder(out) as folder:
        files = write_everything(reader, folder, wanted, FORMS[form], keep_still)
    revision = store.read_revision() or ""
    manifest = Manifest(
        form=FORM, homebeat="0", revision=revision, made_at="2026-03-01T00:00:00Z", format=form,
        area=wanted.area or "", resident="", since="", files=files, left_out={},
    )  # fmt: skip
    write_manifest(out, manifest)
    return manifest


def take_in(store: Store, folder: Path, now: int = 1) -> dict[str, int]:
    incoming = Incoming(folder, store.read_revision() or "", keep_still)
    with store.begin() as tx:
        return perform_in(tx, ME, TakeIn(hash_file(folder / NAME), incoming), now)


def read_all(store: Store, area: AreaId | None = None) -> dict[str, list[dict[str, Any]]]:
    """Read the open rows of each noun."""
    with store.read(EVERYTHING) as reader:
        return {noun.name: [row for rows in reader.portable.read_rows(noun, area) for row in rows] for noun in NOUNS}
