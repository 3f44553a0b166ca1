"""The manifest: what a folder holds, of whom, made when and by what; and whether its files are those that were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from homebeat.domain.errors import BadSettings
from homebeat.exchange.folder import WrittenFile, hash_file

NAME: Final = "homebeat-export.json"
#: Of the form of the folder. Another number is another form.
FORM: Final = 1


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in `homebeat-export.json`.

    Attributes:
        form: Of the folder; see `FORM`.
        homebeat: The version that has written it.
        revision: Of its tables: rows are those of this revision.
        made_at: RFC 3339.
        format: `ndjson`, `csv`, `parquet`, `fhir` or `omh`.
        area, resident: Of whom; empty for everybody.
        since: Readings from this time on; empty for all.
        left_out: What did not leave, and why.
        settings: What was in force, by name, without secrets.
    """

    form: int
    homebeat: str
    revision: str
    made_at: str
    format: str
    area: str
    resident: str
    since: str
    files: list[WrittenFile]
    left_out: Mapping[str, str]
    settings: Mapping[str, str] = {}

    def count(self, noun: str) -> int:
        """Count the rows of the files of a noun."""
        return sum(file.rows for file in self.find_files(noun))

    def find_files(self, noun: str) -> list[WrittenFile]:
        """Find the files of a noun, in their order."""
        return [file for file in self.files if file.name.split(".", 1)[0].split("/", 1)[0] == noun]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, which says that the folder is whole."""
    path = folder / NAME
    with path.open("xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    path.chmod(0o600)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder.

    Raises:
        BadSettings: There is none, or it is of a form that this version does not read.
    """
    path = folder / NAME
    try:
        said = msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        raise BadSettings(f"{folder} has no {NAME}: it is no export, or one that was not finished") from None
    except (OSError, msgspec.DecodeError) as error:
        raise BadSettings(f"{path} cannot be read: {error}") from None
    if not isinstance(said, dict) or said.get("form") != FORM:
        raise BadSettings(f"{path} is of a form that this version does not read; it reads form {FORM}")
    try:
        return msgspec.convert(said, Manifest)
    except msgspec.ValidationError as error:
        raise BadSettings(f"{path}: {error}") from None


def check_files(folder: Path, files: Iterable[WrittenFile]) -> None:
    """Check that the files of a folder are those that were written.

    Raises:
        BadSettings: One is missing, or was changed.
    """
    for file in files:
        path = folder / file.name
        if path.resolve().parent not in {folder.resolve(), (folder / "readings").resolve()}:
            raise BadSettings(f"{file.name} is not a file of {folder}")
        try:
            found = hash_file(path)
        except OSError as error:
            raise BadSettings(f"{path} cannot be read: {error.strerror}") from None
        if found != file.sha256:
            raise BadSettings(f"{path} is not the file that was written: its SHA-256 is another one")


def list_left_out(stays: Mapping[str, str], more: Mapping[str, Any]) -> dict[str, str]:
    """List what did not leave: tables, and columns that are secret."""
    return {**stays, **more}
