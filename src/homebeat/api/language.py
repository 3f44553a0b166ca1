"""In which language the asker reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from homebeat.wording import Wording, negotiate


def words_for(request: Request, response: Response) -> Wording:
    """The words of the language that `Accept-Language` asks for; said back in `Content-Language`."""
    words = Wording(negotiate(request.headers.get("accept-language")))
    response.headers["Content-Language"] = words.language
    response.headers["Vary"] = "Accept-Language"
    return words


Words = Annotated[Wording, Depends(words_for)]
