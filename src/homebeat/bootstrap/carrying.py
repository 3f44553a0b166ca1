"""Writes everything into a folder, and reads such a folder, for `homebeat export` and `homebeat import`."""

from __future__ import annotations

import getpass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from homebeat.actions import NoteExport, TakeIn, perform_in
from homebeat.bootstrap.progress import Progress
from homebeat.domain.errors import BadSettings
from homebeat.domain.instants import format_instant
from homebeat.domain.principal import make_command
from homebeat.domain.scope import EVERYTHING
from homebeat.exchange.export import FORMS, PARQUET, ExportScope, Form, write_everything
from homebeat.exchange.folder import ExportFolder, WrittenFile, hash_file
from homebeat.exchange.health import FHIR, OPEN_MHEALTH, write_health
from homebeat.exchange.incoming import Incoming
from homebeat.exchange.manifest import FORM, NAME, Manifest, write_manifest
from homebeat.exchange.person import write_person
from homebeat.settings.explain import DEFAULT, explain
from homebeat.settings.model import InForce
from homebeat.store import ReadSession, Store
from homebeat.store.portable.nouns import STAYS

#: What stays of tables that leave.
_STAYS_OF: Final = {
    "account.password": "a secret: whoever comes in gets a link for a new one (homebeat user link)",
    "account.totp": "a secret: the second factor is set up anew",
}


def export(force: InForce, store: Store, out: Path, wanted: ExportScope, form: str) -> int:
    """Write everything, an area with all below it, or a resident into a new folder. It is an export once its manifest is there.

    Raises:
        BadSettings: The folder is not empty or cannot be written, or there is no such area.
        Unavailable: The database is away.
    """
    progress = Progress()
    try:
        with store.read(EVERYTHING) as reader, ExportFolder(out) as folder:
            made_at = store.read_now()
            files = _write_files(reader, folder, wanted, form, made_at, progress)
        rows = sum(file.rows for file in files)
        with store.begin() as tx:
            perform_in(tx, make_command(getpass.getuser()), NoteExport(wanted.name, form, rows), store.read_now())
        manifest = Manifest(
            form=FORM,
            homebeat=version("homebeat"),
            revision=store.read_revision() or "",
            made_at=format_instant(made_at),
            format=form,
            area=wanted.area or "",
            resident=wanted.resident or "",
            since="" if wanted.since is None else format_instant(wanted.since),
            files=files,
            left_out={} if wanted.resident is not None else {**STAYS, **_STAYS_OF},
            settings={} if wanted.resident is not None else _list_settings(force),
        )
        write_manifest(out, manifest)
    except OSError as error:
        raise BadSettings(f"{out} cannot be written: {error.strerror}") from None
    finally:
        progress.clear()
    print(f"wrote {rows:,} rows to {out}; {NAME} says what is there")
    print("it holds names, addresses and health readings, and nothing of it is sealed: keep it as safe as the key file")
    return 0


def _write_files(
    reader: ReadSession, folder: ExportFolder, wanted: ExportScope, form: str, made_at: int, progress: Progress
) -> list[WrittenFile]:
    if wanted.area is not None and not reader.fleet.find_line(wanted.area):
        raise BadSettings(f"there is no area {wanted.area}")
    if wanted.resident is not None:
        files = write_person(reader, folder, wanted.resident, made_at, progress)
        if files is None:
            raise BadSettings(f"there is no resident {wanted.resident}")
        return files
    if form in {FHIR, OPEN_MHEALTH}:
        return write_health(reader, folder, wanted, form, progress)
    return write_everything(reader, folder, wanted, _find_form(form), progress)


def _find_form(name: str) -> Form:
    """Find how rows are written.

    Raises:
        BadSettings: It needs a package that is not installed.
    """
    if name != PARQUET:
        return FORMS[name]
    try:
        # only such an export needs the package, which is an extra
        from homebeat.exchange.parquet import Parquet
    except ModuleNotFoundError:
        raise BadSettings("parquet needs a package that is not installed: pip install 'homebeat[parquet]'") from None
    return Parquet()


def _list_settings(force: InForce) -> dict[str, str]:
    return {line.key: line.value for line in explain(force) if line.source != DEFAULT}


def import_everything(store: Store, folder: Path) -> int:
    """Read a folder that `homebeat export` has written into an empty database: all of it, or nothing.

    Raises:
        BadSettings: It is no such folder, or was changed.
        NotAllowed: The database is not empty. Nothing was written.
        Unavailable: The database is away. Nothing was written.
    """
    progress = Progress()
    try:
        incoming = Incoming(folder, store.read_revision() or "", progress)
        action = TakeIn(hash_file(folder / NAME), incoming)
        with store.begin() as tx:
            counts = perform_in(tx, make_command(getpass.getuser()), action, store.read_now())
    finally:
        progress.clear()
    print(f"took in {sum(counts.values()):,} rows from {folder}, {counts['readings']:,} of them readings")
    print("start homebeat: the watch folds the readings first. docs/export.md says what to make anew: passwords, keys, labels")
    return 0
