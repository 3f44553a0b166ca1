"""Row-level security on PostgreSQL: it holds where every filter of the store is forgotten, and on every table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from homebeat.bootstrap.checking import find
from homebeat.domain.alert import acknowledge
from homebeat.domain.ids import AlertId, AreaId
from homebeat.domain.scope import EVERYTHING, NOTHING, Scope
from homebeat.rules.catalogue import RULES
from homebeat.settings import load
from homebeat.store import ReadSession, Store, open_store
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.scoping import LEADS
from homebeat.store.second_fence import EXEMPT, WHOLE, list_statements, make_policies
from tests.contract.store import city
from tests.contract.store.city import find_area, find_line
from tests.contract.store.test_scope import SCOPES, lies_in
from tests.keys import KEY_FILE

MINE = Scope(frozenset({AreaId("lane")}))


@pytest.fixture(scope="module")
def settled(postgres_module_store: Store) -> Store:
    city.settle(postgres_module_store)
    return postgres_module_store


@pytest.fixture(params=SCOPES)
def scope(request: pytest.FixtureRequest) -> Scope:
    return SCOPES[request.param]


@contextmanager
def read_without_filters(store: Store, scope: Scope) -> Iterator[ReadSession]:
    """Begin a reading transaction that says its scope, and forgets it in every query."""
    with store._database.begin_read(scope) as connection:
        yield ReadSession(connection, store._key_file, EVERYTHING)


def test_without_any_filter_a_scope_reads_what_lies_in_it_and_nothing_else(settled: Store, scope: Scope) -> None:
    names = city.name_alerts(settled)
    with settled.read(EVERYTHING) as reader:
        everything = city.read_all(reader, names)
    with read_without_filters(settled, scope) as reader:
        found = city.read_all(reader, names)
    above = {f"{area}." for own in scope.areas or () for area in find_line(own) if own in city.TREE}
    for way, texts in everything.items():
        may = above if way in {"areas", "the fleet"} else set()  # the names of the areas that one's own lies in
        assert found[way] == [each for each in texts if lies_in(each, scope) or each in may], way


def test_without_any_filter_counts_are_of_the_scope(settled: Store) -> None:
    with settled.read(MINE) as reader:
        expected = count_all(reader)
    with read_without_filters(settled, MINE) as reader:
        assert count_all(reader) == expected
    with read_without_filters(settled, NOTHING) as reader:
        assert not any(any(part) if isinstance(part, tuple) else part for part in count_all(reader))


def count_all(reader: ReadSession) -> list[object]:
    return [
        sum(count.open for count in reader.alerts.count_open()),
        reader.alerts.count(),
        sum(outcome.closed for outcome in reader.alerts.count_outcomes(0, city.T0)),
        tuple(reader.homes.count_states().values()),
        reader.quarantine.count_defects()[0],
        sum(reader.quarantine.count_by_reason().values()),
        reader.outbox.read_health().waiting,
        reader.search.count_pending(),
    ]


def test_whoever_says_no_scope_sees_nothing(settled: Store) -> None:
    with settled._database.begin_read(NOTHING) as connection:
        for table in make_policies():
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table
    with settled._database.begin_read() as connection:
        for table in set(make_policies()) - set(WHOLE):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")), f"{table} is empty, which proves nothing"


@pytest.mark.parametrize("said", ["", "lane", "{lane}", '"*"', '["*"]', "null", "[]", "**", " *"])
def test_a_scope_that_is_not_well_said_is_none(settled: Store, said: str) -> None:
    with settled._database.begin_read(NOTHING) as connection:
        connection.execute(text("SELECT set_config('homebeat.scope', :said, true)"), {"said": said})
        assert connection.scalar(text("SELECT count(*) FROM household")) == 0


def test_a_scope_ends_with_its_transaction(postgres_store: Store) -> None:
    city.settle(postgres_store)
    for begin in (postgres_store._database.begin_read, postgres_store._database.begin_write):
        for _ in range(20):  # more than the pool has connections
            with begin(EVERYTHING) as connection:
                assert connection.scalar(text("SELECT count(*) FROM household"))
            with postgres_store._database.begin_read(NOTHING) as connection:
                assert connection.scalar(text("SELECT count(*) FROM household")) == 0
                assert not connection.scalar(text("SELECT current_setting('homebeat.scope', true)"))


def test_a_person_changes_nothing_outside_their_scope(postgres_store: Store) -> None:
    city.settle(postgres_store)
    names = city.name_alerts(postgres_store)
    theirs = AlertId(next(i for i, name in names.items() if name == "hill.1:sos"))
    for statement in (
        "UPDATE alert SET owner = 'user:eve' WHERE household = 'hill.1'",
        "DELETE FROM contact WHERE household = 'hill.1'",
        "UPDATE resident SET false_alarms_a_month = 8 WHERE id = 'hill.1-r'",
        "DELETE FROM alert_area WHERE area = 'city'",
    ):
        with postgres_store._database.begin_write(MINE) as connection:
            assert connection.execute(text(statement)).rowcount == 0, statement
    moves = "UPDATE household SET area = 'hill' WHERE id = 'lane.1'"
    with pytest.raises(ProgrammingError, match="row-level security"), postgres_store._database.begin_write(MINE) as connection:
        connection.execute(text(moves))
    with postgres_store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(theirs)
    assert detail is not None
    assert detail.entry.alert.owner == ""


def test_an_alert_that_a_person_takes_moves_in_the_queues_of_all_areas_above(postgres_store: Store) -> None:
    city.settle(postgres_store)
    with postgres_store.begin(scope=MINE) as tx:
        (alert,) = tx.alerts.find_standing([("sos", "resident:lane.1-r")]).values()
        AlertWrites(tx).apply(*acknowledge(alert, city.T0 + 1, "user:ann"))
        # afterwards the scope of the person holds again
        assert tx.connection.scalar(text("SELECT count(*) FROM household")) == 2
    with postgres_store._database.begin_read() as connection:
        rows = connection.execute(text("SELECT area, answer FROM alert_area WHERE alert_id = :id"), {"id": alert.id}).all()
    assert {tuple(row) for row in rows} == {(area, "acknowledged") for area in ("lane", "north", "city")}


# ---------------------------------------------------------------- the policies themselves


def find_tables(store: Store) -> set[str]:
    query = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    with store._database.begin_read(NOTHING) as connection:
        return {name for name in connection.scalars(text(query)) if not name.startswith("reading_d")}


def test_every_table_has_a_policy_or_says_why_it_needs_none(settled: Store) -> None:
    forced = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    with settled._database.begin_read(NOTHING) as connection:
        fenced = set(connection.scalars(text(forced)))
        policies = connection.execute(text("SELECT tablename, policyname, permissive, roles, cmd FROM pg_policies")).all()
    assert fenced == set(make_policies()) == {table.name for table in LEADS} | set(WHOLE)
    assert find_tables(settled) == fenced | set(EXEMPT), "a new table: give it a way to its area in LEADS, or a reason in EXEMPT"
    # one each: a second permissive policy would widen the first
    assert sorted(tuple(row) for row in policies) == sorted((name, "scope", "PERMISSIVE", ["public"], "ALL") for name in fenced)


def test_the_policies_are_those_that_the_code_says(settled: Store) -> None:
    with settled._database.begin_write() as connection:
        conditions = text("SELECT tablename, qual, with_check FROM pg_policies ORDER BY tablename")
        migrated = connection.execute(conditions).all()
        for table in make_policies():
            connection.execute(text(f"DROP POLICY scope ON {table}"))
        for statement in list_statements(make_policies()):
            connection.execute(text(statement))
        assert connection.execute(conditions).all() == migrated
        connection.rollback()


def test_migrations_run_under_the_second_fence(postgres_store: Store) -> None:
    city.settle(postgres_store)
    postgres_store.downgrade("0016")
    postgres_store.upgrade()
    with postgres_store.read(EVERYTHING) as reader:
        assert len(reader.homes.list_residents().items) == len(city.HOMES)
        assert {find_area(entry.topic.split("/")[2]) for entry in reader.quarantine.read_page().items} == {
            "lane",
            "yard",
            "hill",
            "",
        }
    with postgres_store.read(MINE) as reader:
        assert [find_area(entry.household) for entry in reader.homes.list_residents().items] == ["lane", "lane"]


def test_a_login_that_bypasses_the_fence_is_found_and_the_filters_hold_alone(
    postgres_store: Store, superuser_store: Store
) -> None:
    city.settle(postgres_store)
    assert not postgres_store.is_second_fence_bypassed()
    assert superuser_store.is_second_fence_bypassed()
    names = city.name_alerts(superuser_store)
    with read_without_filters(superuser_store, MINE) as reader:
        assert "hill.1" in city.read_all(reader, names)["households"]
    with superuser_store.read(EVERYTHING) as reader:
        everything = city.read_all(reader, names)
    for scope in SCOPES.values():
        with superuser_store.read(scope) as reader:
            found = city.read_all(reader, names)
        assert found == {way: [each for each in texts if lies_in(each, scope)] for way, texts in everything.items()}


@pytest.mark.parametrize(("user", "is_said"), [("homebeat", False), ("postgres", True)])
def test_check_says_that_a_login_bypasses_the_fence(postgres_url: str, tmp_path: Path, user: str, is_said: bool) -> None:
    url = make_url(postgres_url).set(username=user).render_as_string(hide_password=False)
    environ = {"HOMEBEAT_STATE_DIR": str(tmp_path), "HOMEBEAT_DATABASE_URL": url, "HOMEBEAT_KEY_FILE": str(KEY_FILE)}
    store = open_store(url, KEY_FILE, create=False)
    notes = [finding for finding in find(load(environ, RULES), store) if "BYPASSRLS" in str(finding)]
    store.close()
    assert len(notes) == is_said
    assert not any(note.is_wrong for note in notes)


def test_sqlite_has_one_fence_and_says_nothing_of_a_second(sqlite_store: Store) -> None:
    assert not sqlite_store.is_second_fence_bypassed()
