"""Processors: who processes on the controllers' behalf (GDPR 28)."""

from spec.telling import notice, refused


def test_a_processor_runs_declared_systems():
    told = notice(
        "systems: {web: {name: Site}}\nprocessors: {outsourced: yes, to: {host: {name: Host Ltd, systems: [web]}}}"
    )
    assert told.processors.to["host"].systems == ("web",)
    refused(
        "processors: {outsourced: yes, to: {host: {name: Host Ltd, systems: [web]}}}", "'web' is not declared"
    )
