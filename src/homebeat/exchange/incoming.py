"""Reads a folder that `export` has written, for an empty installation."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from homebeat.domain.errors import BadSettings
from homebeat.domain.ids import DeviceId
from homebeat.exchange.lines import read_lines
from homebeat.exchange.manifest import Manifest, check_files, read_manifest
from homebeat.store.portable.nouns import NOUNS, Noun

if TYPE_CHECKING:
    from homebeat.exchange.export import Progress
    from homebeat.stream.batch import Batch

#: Readings that are in memory at once.
AT_ONCE: Final = 50_000
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Incoming:
    """A folder whose manifest and hashes are right.

    Args:
        folder: Where it is.
        revision: Of the tables here.
        progress: Is told how far it is.

    Raises:
        BadSettings: It is no export, was changed or not finished, or is of a form or revision that cannot be read here.
    """

    def __init__(self, folder: Path, revision: str, progress: Progress) -> None:
        self.manifest: Final[Manifest] = read_manifest(folder)
        self._folder: Final = folder
        self._progress: Final = progress
        if self.manifest.format != "ndjson" or self.manifest.resident:
            raise BadSettings(
                f"{folder} cannot be read in: only what `homebeat export` wrote as ndjson, of everybody or of an area, can"
            )
        if self.manifest.revision != revision:
            raise BadSettings(
                f"{folder} is of revision {self.manifest.revision} of the tables (homebeat {self.manifest.homebeat}), "
                f"and this database of {revision}: export with the version that you import with"
            )
        check_files(folder, self.manifest.files)
        #: The places of devices in the list that the store is given, by id.
        self._places: dict[str, int] = {}

    def list_devices(self) -> list[DeviceId]:
        """List the devices in the order in which readings name them by number."""
        for row in self.read_rows(next(noun for noun in NOUNS if noun.name == "devices")):
            self._places.setdefault(row["id"], len(self._places))
        return [DeviceId(name) for name in self._places]

    def read_rows(self, noun: Noun) -> Iterator[dict[str, Any]]:
        """Read the rows of a noun.

        Raises:
            BadSettings: A line cannot be read.
        """
        done = 0
        for file in self.manifest.find_files(noun.name):
            with self._read(file.name) as lines:
                for line in lines:
                    try:
                        yield _decode(line)
                    except msgspec.DecodeError as error:
                        raise BadSettings(f"{file.name}: a line cannot be read: {error}") from None
                    done += 1
                    if not done % 1_000:
                        self._progress(noun.name, done)

    def read_readings(self) -> Iterator[Batch]:
        """Read the readings in their order, some at a time; call `list_devices` first.

        Raises:
            BadSettings: A line cannot be read, or names a device that is not among the devices.
        """
        known, done = len(self._places), 0
        for file in self.manifest.find_files("readings"):
            with self._read(file.name) as lines:
                while some := list(islice(lines, AT_ONCE)):
                    batch = read_lines(some, self._places, file.name)
                    if len(self._places) > known:
                        raise BadSettings(f"{file.name} names a device that is not in devices.ndjson")
                    done += len(batch)
                    self._progress("readings", done)
                    yield batch

    @contextmanager
    def _read(self, name: str) -> Iterator[IO[bytes]]:
        path = self._folder / name
        try:
            with gzip.open(path) if name.endswith(".gz") else path.open("rb") as lines:
                yield lines  # type: ignore[misc]
        except (OSError, EOFError, zlib.error) as error:
            raise BadSettings(f"{path} cannot be read: {error}") from None
