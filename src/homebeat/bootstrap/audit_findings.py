"""What is wrong with how the audit is signed, for `homebeat check`."""

from __future__ import annotations

import os
from collections.abc import Iterator

from homebeat.bootstrap.audit_key import KEY_FILE, PUBLIC_FILE, find_key_id
from homebeat.domain.errors import BadSettings
from homebeat.settings.findings import Finding
from homebeat.settings.model import Settings
from homebeat.store import ReadSession


def judge_checkpoint_file(settings: Settings) -> Iterator[Finding]:
    """Find whether checkpoints can be written where the settings say."""
    file = settings.audit.checkpoints
    if file is None:
        return
    place = file if file.exists() else file.parent
    if not (file.parent.is_dir() and os.access(place, os.W_OK)):
        yield Finding(
            f"audit.checkpoints is {file}, and nothing can be written there: only the database keeps the checkpoints",
            f"Mount it, make the directory {file.parent} writable for homebeat, or name another file",
        )


def judge_audit_key(settings: Settings, reader: ReadSession) -> Iterator[Finding]:
    """Find whether the key of this installation is the one that signed last."""
    last = reader.audit.find_checkpoint()
    try:
        key_id = find_key_id(settings.state_dir)
    except BadSettings as error:
        yield Finding(f"the audit is not signed: {error}", "Until it is, nobody finds rows that somebody wrote again")
        return
    if last is not None and key_id != last.key_id:
        here = f"holds the key {key_id}" if key_id else f"has no {KEY_FILE}"
        yield Finding(
            f"the audit was last signed with the key {last.key_id}, and {settings.state_dir} {here}",
            f"Another machine that runs the watch has its own. If the key was lost, keep the old {PUBLIC_FILE} to verify with",
            is_wrong=False,
        )
