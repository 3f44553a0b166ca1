"""Chooses the language of an answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from homebeat.wording import Wording, negotiate


async def choose_wording(request: Request, response: Response) -> Wording:
    """Choose the language by `Accept-Language`, and set `Content-Language`."""
    words = Wording(negotiate(request.headers.get("accept-language")))
    response.headers.update(list_headers(words))
    return words


def list_headers(words: Wording) -> dict[str, str]:
    """List what the head of an answer says of its language."""
    return {"Content-Language": words.language, "Vary": "Accept-Language"}


Words = Annotated[Wording, Depends(choose_wording)]
