"""Run the project lint over everything that git knows or would add: `python -m tests.lint`; `make check` does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

from tests.lint.source import Source
from tests.lint.texts import faults_of

ROOT = Path(__file__).parents[2]
LARGEST = 500_000


def files() -> list[PurePosixPath]:
    """All files of the repository, tracked or new, none of them ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return sorted(PurePosixPath(name) for name in set(listed.stdout.split("\0")) if name and (ROOT / name).is_file())


def main() -> int:
    """Print every fault as `path:line: code: text`; 1 if there is one."""
    count = 0
    for path in files():
        raw = (ROOT / path).read_bytes()
        if len(raw) > LARGEST:
            print(f"{path}:1: large: {len(raw) // 1000} kB; recordings and pictures stay outside the repository")
            count += 1
        if b"\0" in raw:
            continue
        text = raw.decode(errors="replace")
        found = [*faults_of(path, text), *(Source(path, text).faults() if path.suffix == ".py" else [])]
        for fault in found:
            print(f"{path}:{fault.line}: {fault.code}: {fault.text}")
        count += len(found)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
