"""The web server: so far it tells whether all is well, to whoever asks every minute."""

from __future__ import annotations

import logging
import signal
import sys
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, JsonResponse

from seloste.interfaces.cli.house import NoDatabase

from .status import STOPPED, status, worst
from .wiring import configure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .database import Cluster

THREADS = 16
"""Fewer than the connections of purposes that a process may hold: a request never waits for one."""

_site: tuple[Cluster, Path] | None = None


def application(cluster: Cluster, home: Path, host: str) -> WSGIHandler:
    """This will make the web application of a register, answering under a host's name."""
    global _site  # noqa: PLW0603 - one register a process
    configure(cluster)
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", host]
    _site = cluster, home
    return WSGIHandler()


def healthz(_request: HttpRequest) -> JsonResponse:
    """This will tell the state of the whole and of each check that takes no time; no value, no count.

    Shape: {"state", "checks": {name: state}}; 503 when something has stopped.
    """
    if _site is None:
        raise NoDatabase("the application was not made by `application`")
    try:
        told = status(*_site, slow=False)
    except NoDatabase:
        return JsonResponse({"state": STOPPED, "checks": {"database": STOPPED}}, status=503)
    state = worst(told)
    answer: dict[str, Any] = {"state": state, "checks": {check.name: each.state for check, each in told}}
    return JsonResponse(answer, status=503 if state == STOPPED else 200)


def serve(cluster: Cluster, home: Path, host: str, port: int, ready: Callable[[str], None]) -> None:
    """This will serve until it is interrupted; `ready` is told the address when it listens.

    Port 0 takes a free one.
    """
    import waitress

    logging.getLogger("waitress").setLevel(logging.ERROR)
    server = waitress.create_server(
        application(cluster, home, host), host=host, port=port, threads=THREADS, ident=None
    )
    # as systemd ends it: requests end, and an embedded server is stopped with us
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ready(f"http://{server.effective_host}:{server.effective_port}")
    try:
        server.run()
    finally:
        server.close()
