"""What a service does once, and a run of tests did again for each of its databases and applications: compiling.

A service has one database and one console. A run of tests has thousands, and two fifths of its time went into compiling the same
statements and the same templates. Here they are compiled once in each process, as in a service that has run for a while.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

from jinja2 import Environment
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

#: More than there are statements: none is compiled twice because others came between.
_STATEMENTS = 10_000


def keep_compiled() -> None:
    """Share compiled statements among all engines of this process, and compiled templates among all environments."""
    _share_statements()
    _share_templates()


def _share_statements() -> None:
    shared: LRUCache[Any, Any] = LRUCache(_STATEMENTS)

    def find_cache(engine: Engine) -> LRUCache[Any, Any] | None:
        return shared if engine.__dict__["_own_cache"] is not None else None

    def keep_cache(engine: Engine, own: LRUCache[Any, Any] | None) -> None:
        engine.__dict__["_own_cache"] = own

    Engine._compiled_cache = property(find_cache, keep_cache)  # type: ignore[assignment]
    # a key of that cache begins with the dialect, and each engine has one of its own
    DefaultDialect.__eq__ = _is_same_dialect  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = _hash_dialect  # type: ignore[method-assign, assignment]


def _is_same_dialect(one: DefaultDialect, other: object) -> bool:
    """Whether two dialects agree in all that a statement may depend on; a server is known once it was met."""
    if one is other:
        return True
    if type(one) is not type(other) or not isinstance(other, DefaultDialect):
        return False
    return (
        one.__dict__.get("server_version_info") == other.__dict__.get("server_version_info")
        and one.paramstyle == other.paramstyle
    )


def _hash_dialect(dialect: DefaultDialect) -> int:
    return hash(type(dialect))


def _share_templates() -> None:
    compile_anew = Environment.compile
    made: dict[tuple[object, ...], CodeType | str] = {}

    def compile_once(environment: Environment, source: str, *args: Any, **more: Any) -> CodeType | str:
        form = environment.autoescape, environment.trim_blocks, environment.lstrip_blocks, environment.undefined
        key = (source, args, tuple(sorted(more.items())), *form)
        if (code := made.get(key)) is None:
            code = made[key] = compile_anew(environment, source, *args, **more)
        return code

    Environment.compile = compile_once  # type: ignore[method-assign, assignment]
