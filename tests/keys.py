"""The key file of all tests: the same in each process, also in those that a test starts."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from homebeat.store.sealing.key_file import write_key_file

#: In a folder that is this user's alone: of nobody else's is a key read.
KEY_FILE: Final = Path(tempfile.gettempdir()) / f"homebeat-tests-{os.getuid()}" / "homebeat.key"

if not KEY_FILE.exists():
    write_key_file(KEY_FILE)
