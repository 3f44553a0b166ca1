"""Asks a running homebeat for its alerts, as any other program would: over its API, with a key."""

from __future__ import annotations

from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import msgspec

from homebeat.domain.errors import BadSettings, Unavailable

_PATIENCE_S: Final = 20.0


def fetch_alerts(url: str, key: str) -> list[Any]:
    """Fetch all alerts that wait or waited for somebody, as `GET /api/v1/alerts` gives them, page by page.

    Raises:
        BadSettings: The address or the key cannot be used.
        Unavailable: Nobody answers there, or homebeat cannot answer now.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise BadSettings(f"{url!r} is no address of an API; write http://127.0.0.1:8080")
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = _fetch_page(f"{url.rstrip('/')}/api/v1/alerts?{urlencode({'limit': '200', **cursor})}", key)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def _fetch_page(address: str, key: str) -> dict[str, Any]:
    request = Request(address, headers={"Authorization": f"Bearer {key}", "Accept": "application/json"})  # noqa: S310 -- the scheme was checked
    try:
        with urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310 -- as above
            page = msgspec.json.decode(answer.read())
    except HTTPError as refused:
        if refused.code in {401, 403}:
            raise BadSettings("the key opens nothing there; make one: homebeat key create verify --role desk") from refused
        raise Unavailable(f"the API answered {refused.code} instead of its alerts") from refused
    except (URLError, OSError, msgspec.MsgspecError) as away:
        raise Unavailable(f"no homebeat answers at {urlsplit(address).netloc}: {away}") from away
    if not isinstance(page, dict) or not isinstance(page.get("items"), list) or "next_cursor" not in page:
        raise BadSettings(f"what answers at {urlsplit(address).netloc} is not homebeat's API")
    return page
