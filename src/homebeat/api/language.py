"""Chooses the language of an answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from homebeat.wording import Wording, negotiate


def choose_wording(request: Request, response: Response) -> Wording:
    """Choose the language by `Accept-Language`, and set `Content-Language`."""
    words = Wording(negotiate(request.headers.get("accept-language")))
    response.headers["Content-Language"] = words.language
    response.headers["Vary"] = "Accept-Language"
    return words


Words = Annotated[Wording, Depends(choose_wording)]
