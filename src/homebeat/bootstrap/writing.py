"""Writes the files that a command makes; each appears once it is complete."""

from __future__ import annotations

import os
from pathlib import Path

from homebeat.domain.errors import BadSettings


def check_writable(*files: Path | None) -> None:
    """Check that files can be written, before the work begins.

    Raises:
        BadSettings: There is no such directory, or it cannot be written in.
    """
    for file in files:
        if file is not None and not (file.parent.is_dir() and os.access(file.parent, os.W_OK)):
            raise BadSettings(f"{file} cannot be written: there is no directory {file.parent}, or it is not yours to write in")
        if file is not None and file.is_dir():
            raise BadSettings(f"{file} cannot be written: it is a directory; name a file")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
