"""HTTP gets what the alarm path leaves, and a shortage is said."""

from __future__ import annotations

import resource

import pytest

from homebeat.bootstrap.descriptors import (
    check_descriptors,
    count_free_for_http,
    describe_shortage,
    limit_connections,
    raise_limit,
)
from homebeat.bootstrap.service import ROLES
from homebeat.rules.catalogue import RULES
from homebeat.settings import load
from homebeat.settings.model import Settings


def settings(**environ: str) -> Settings:
    return load({f"HOMEBEAT_{name}": value for name, value in environ.items()}, RULES).settings


def test_the_defaults_fit_into_what_a_service_is_given_by_default() -> None:
    assert limit_connections(settings(), ROLES, 1_024) == settings().http.connections == 320
    assert describe_shortage(settings(), ROLES, 1_024) is None


@pytest.mark.parametrize("limit, most", [(550, 16), (800, 96), (100, 16)])
def test_fewer_descriptors_are_fewer_connections_and_are_said(limit: int, most: int) -> None:
    assert limit_connections(settings(), ROLES, limit) == most
    said = describe_shortage(settings(), ROLES, limit)
    assert said is not None
    assert f"{most} are in force" in said
    assert str(limit) in said


def test_more_deliveries_at_once_take_from_http_and_not_the_other_way_round() -> None:
    assert count_free_for_http(settings(QUEUES_IN_FLIGHT="200"), ROLES, 1_024) == 1_024 - 160 - 200 - 64 - 256
    assert count_free_for_http(settings(QUEUES_IN_FLIGHT="200"), ("api",), 1_024) == 1_024 - 160 - 256


def test_numbers_that_select_cannot_wait_for_are_not_given_out() -> None:
    many = settings(HTTP_CONNECTIONS="5000")
    assert limit_connections(many, ROLES, 100_000) == 1_024 - 160 - 224 - 64 - 256
    assert "1024 descriptors that can be used" in str(describe_shortage(many, ROLES, 100_000))


def test_the_limit_is_raised_to_the_hard_one() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lower = 256 if before[1] == resource.RLIM_INFINITY else min(256, before[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (lower, before[1]))
    try:
        raise_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_running_out_of_descriptors_is_said_by_readyz() -> None:
    assert check_descriptors(100_000) is None
    assert "file descriptors are left" in str(check_descriptors(5))
