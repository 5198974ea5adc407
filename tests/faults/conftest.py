"""Fixtures with one prepared installation for each database, made once and copied by every test. All workers share the
installation on SQLite; on PostgreSQL each has its own, because tests break its cluster."""

from collections.abc import Iterator

import pytest

from tests.environment import shared_folder
from tests.faults.harness import options
from tests.faults.harness.installation import Template, make_template, shipped_cluster
from tests.support.made_once import Document, made_once
from tests.support.postgresql_cluster import Cluster

SESSIONS = 8


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with shipped_cluster() as running_cluster:
        yield running_cluster


@pytest.fixture(scope="session")
def sqlite_template() -> Template:
    def make() -> Document:
        prepared = make_template(None, sessions=SESSIONS)
        prepared.var.rename(shared_folder / "installation")
        return {"tokens": prepared.tokens}

    return Template(shared_folder / "installation", None, made_once("installation", make)["tokens"])


@pytest.fixture(scope="session")
def postgres_template(cluster: Cluster) -> Iterator[Template]:
    prepared = make_template(cluster, sessions=SESSIONS)
    yield prepared
    prepared.remove()


@pytest.fixture(params=options.databases())
def template(request: pytest.FixtureRequest) -> Template:
    prepared: Template = request.getfixturevalue(f"{request.param}_template")
    return prepared


@pytest.fixture(params=options.databases() if options.on_all_databases() else options.databases()[:1])
def one_template(request: pytest.FixtureRequest) -> Template:
    """For faults that hardly depend on the database: on SQLite in `make test`, on both in `make test-faults`."""
    prepared: Template = request.getfixturevalue(f"{request.param}_template")
    return prepared
