"""Fixtures that every test may ask for: servers, and databases with a policy in force."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

import servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xdist.remote import Producer

    from seloste.notice import Notice
    from seloste.project.database import Cluster

HERE = Path(__file__).parent
NOTICES = HERE / "notices"
EXAMPLES = HERE.parent / "examples"
SOAK = bool(os.environ.get("SELOSTE_SOAK"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers",
        default=",".join(servers.names()),
        help="which of embedded,debian to run on; url is the one of DATABASE_URL",
    )


LONGEST = ("surfaces", "generative", "database", "journeys")
"""What to begin with, so that the workers end together."""


def _folder(path: str) -> str:
    return path.removeprefix("tests/").split("/")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first."""
    order = {folder: number for number, folder in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(_folder(item.nodeid), len(order)))


class ByFile(LoadScopeScheduling):
    """A file of tests stays with one worker; all of the surfaces do, as they share a register and its people."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", maxsplit=1)[0]
        return "surfaces" if _folder(path) == "surfaces" else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """What hands tests out to workers."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest) -> Iterator[Callable[[str], servers.Server]]:
    """Servers by name, each started once and stopped at the end."""
    from contextlib import ExitStack

    stack, started = ExitStack(), {}

    def get(name: str) -> servers.Server:
        if name not in request.config.getoption("--servers").split(","):
            pytest.skip(f"not asked for: {name}")
        if lacking := servers.missing(name):
            if os.environ.get("CI") in {"true", "1"}:
                pytest.fail(lacking)
            pytest.skip(lacking)
        if name not in started:
            started[name] = stack.enter_context(servers.run(name))
        return started[name]

    with stack:
        yield get


@pytest.fixture(scope="session", params=servers.names())
def server(request: pytest.FixtureRequest, running: Callable[[str], servers.Server]) -> servers.Server:
    """Every server there is, one after the other."""
    return running(request.param)


@pytest.fixture(scope="session")
def one_server(request: pytest.FixtureRequest, running: Callable[[str], servers.Server]) -> servers.Server:
    """One server, for what does not depend on its version."""
    return running(request.config.getoption("--servers").split(",")[0])


@contextmanager
def governed(
    server: servers.Server, notice: Notice | Path, stem: str = "t", **how: object
) -> Iterator[Cluster]:
    """A fresh database on a server, migrated, with a notice in force."""
    from seloste.notice import read_notice
    from seloste.policy.apply import apply
    from seloste.policy.bootstrap import bootstrap
    from seloste.project.wiring import migrate

    with server.database(stem) as cluster:
        bootstrap(cluster)
        migrate(cluster.dsn(cluster.role("owner")))
        apply(cluster, read_notice(notice) if isinstance(notice, Path) else notice, **how)
        yield cluster
