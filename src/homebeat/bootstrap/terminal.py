"""Makes output safe for a terminal: text that people typed must not move the cursor, colour the screen or reverse the text."""

from __future__ import annotations

from typing import Any, TextIO, cast

from homebeat.domain.text import escape_unseen


class _Visible:
    r"""A stream that writes control and direction characters as `\uXXXX`, which a reader of JSON reads as the same text."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(escape_unseen(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def make_safe_stream(stream: TextIO) -> TextIO:
    """Make `stream` safe for text that anybody may have written."""
    return cast("TextIO", _Visible(stream))
