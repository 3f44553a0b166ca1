"""Secrets of the settings that may stand in a file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import SecretStr

from homebeat.domain.errors import BadSettings

_LARGEST: Final = 4_096


def choose_secret(key: str, given: SecretStr, file: Path | None) -> str:
    """Choose the secret itself, or all that stands in its file, but for space at its ends; empty where there is neither.

    Args:
        key: The name of the setting, for errors; that of the file is the same with `_file` behind it.
        given: The secret itself; empty for none.
        file: The file.

    Raises:
        BadSettings: Both are set, or the file cannot be read, or holds nothing or too much.
    """
    if file is None:
        return given.get_secret_value()
    if given.get_secret_value():
        raise BadSettings(f"{key} and {key}_file are both set: take one of them away")
    try:
        with file.open(encoding="utf-8") as source:
            text = source.read(_LARGEST + 1)
    except OSError as error:
        raise BadSettings(f"{key}_file: {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{key}_file: {file} is not text") from None
    if len(text) > _LARGEST or not text.strip():
        raise BadSettings(f"{key}_file: {file} must hold the secret, and nothing else")
    return text.strip()
