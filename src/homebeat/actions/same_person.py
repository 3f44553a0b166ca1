"""Says whether two names in histories are of one person. A key counts as whoever made it: they have had its secret in hand."""

from __future__ import annotations

from typing import Final

from homebeat.domain.actor import ActorKind
from homebeat.store import ApiKeyQueries

_KEY: Final = f"{ActorKind.KEY}:"


def is_same_person(keys: ApiKeyQueries, one: str, other: str) -> bool:
    """Whether one person may be behind both names, such as `user:chen` and a key that chen has made.

    Two keys that were made at the command line by one user of the machine are of one person, too.
    """
    return one == other or not _list_behind(keys, one).isdisjoint(_list_behind(keys, other))


def find_maker(keys: ApiKeyQueries, name: str) -> str:
    """Find who made a key; of everybody else, their own name."""
    key = keys.find(name.removeprefix(_KEY)) if name.startswith(_KEY) else None
    return name if key is None else key.made_by


def list_names(keys: ApiKeyQueries, name: str) -> set[str]:
    """List the names that one person has in histories: their own, and those of the keys that they made."""
    return {name, *(f"{_KEY}{key.name}" for key in keys.list_all() if key.made_by == name)}


def _list_behind(keys: ApiKeyQueries, name: str) -> set[str]:
    """List a name and, where it is a key's, who made that, and so on up to somebody who is no key."""
    behind: set[str] = set()
    while name not in behind:
        behind.add(name)
        key = keys.find(name.removeprefix(_KEY)) if name.startswith(_KEY) else None
        if key is not None:
            name = key.made_by
    return behind
