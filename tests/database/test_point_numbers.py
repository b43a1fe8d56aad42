"""Points of heat that had the digits of a GSRN before they had a number of their own keep them, as a number."""

from __future__ import annotations

from database.people import administrator
from seloste.policy.bootstrap import bootstrap
from seloste.project.wiring import migrate


def test_points_that_were_there_keep_their_digits(one_server):
    """The owner, who migrates, sees none of the rows: an UPDATE would pass and change nothing."""
    with one_server.database("points") as cluster:
        bootstrap(cluster)
        owner = cluster.dsn(cluster.role("owner"))
        migrate(owner, [("register", "0007_finite_events")])
        with administrator(cluster) as admin:
            admin.execute(
                "INSERT INTO register.metering_point (side, gsrn, kind) VALUES ('s', '643000000000000001', 'sale'),"
                " ('s', '643000000000000001', 'heat')"
            )
            admin.execute("ALTER TABLE register.metering_point ENABLE ROW LEVEL SECURITY")
            admin.execute("ALTER TABLE register.metering_point FORCE ROW LEVEL SECURITY")
            migrate(owner)
            rows = admin.execute(
                "SELECT kind, gsrn, number FROM register.metering_point ORDER BY id"
            ).fetchall()
    assert rows == [("sale", "643000000000000001", None), ("heat", None, "643000000000000001")]
