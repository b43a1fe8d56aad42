"""Keys: `keys make|check|rotate|retire`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .acts import Act, session
from .desk import Desk, Format, WrongUsage, desk
from .options import FormatOption, ReasonOption, StaffOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.register.protection.key_versions import Administrator, Version
    from seloste.register.protection.rotation import Rotated, Rotation

keys = typer.Typer(help="The keys of what is sealed.", no_args_is_help=True)
UPKEEP = "upkeep"
"""The purpose that keeps the register: it alone reaches every row of its side."""


@keys.command("make")
def make(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """Make the first keys of a register; where something is sealed already, none is made."""
    at = desk(context, form)
    with _administrator(at) as admin:
        from seloste.register.protection import key_versions
        from seloste.register.protection.keys import provided

        made = key_versions.make(admin, provided(), _sides(admin))
    at.answer({"made": made}, lambda: faces.pairs("Made", {"keys": made or "none: all are there"}))


@keys.command("check")
def check(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """Compare the keys that there are with those that the register was sealed under; count what uses each."""
    at = desk(context, form)
    with _administrator(at) as admin:
        from seloste.register.protection import key_versions
        from seloste.register.protection.keys import provided

        found = key_versions.check(admin, provided())
    answer = {"well": all(each.is_well for each in found), "versions": [_told(each) for each in found]}
    at.answer(answer, lambda: faces.keys(answer))
    if not answer["well"]:
        raise typer.Exit(codes.NO)


@keys.command("rotate")
def rotate(
    context: typer.Context,
    *,
    kek: Annotated[bool, typer.Option("--kek", help="The key that wraps data keys.")] = False,
    index: Annotated[
        bool, typer.Option("--index", help="The key by which identity codes are found.")
    ] = False,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Bring in a next version of a key on the actor's side; stopped and run again, it goes on."""
    at = desk(context, form)
    if kek == index:
        raise WrongUsage(
            "say which key: --kek, which wraps data keys, or --index, which finds identity codes"
        )
    with _administrator(at) as admin, at.progress("Rotating") as progress:
        from seloste.register.protection.rotation import rotate_index, rotate_kek
        from seloste.register.subjects.operations import drop_index, reindex

        by = _rotation(at, admin, Act(staff, reason, UPKEEP), progress)
        done = rotate_kek(by) if kek else rotate_index(by, reindex, drop_index)
    answer = _rotated(done)
    at.answer(answer, lambda: faces.done("keys.rotate", answer, f"under {UPKEEP}, for {reason}"))
    if done.left:
        raise typer.Exit(codes.NO)


@keys.command("retire")
def retire(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A key, as kek:sahkolaitos.")],
    version: Annotated[int, typer.Argument(metavar="VERSION", help="A version that nothing uses.")],
    form: FormatOption = Format.TEXT,
) -> None:
    """Destroy a version that nothing uses: backups of the time when it was used cannot be opened any more."""
    at = desk(context, form)
    with _administrator(at) as admin:
        from seloste.register.protection import key_versions
        from seloste.register.protection.keys import provided

        key_versions.retire(admin, provided(), name, version)
    answer = {"done": "keys.retire", "key": name, "version": version}
    at.answer(answer, lambda: faces.pairs("Retired", {"key": name, "version": version}))


@contextmanager
def _administrator(at: Desk) -> Iterator[Administrator]:
    """The register ready to be acted on, and the administrator, who counts keys and uses none."""
    with at.house.database() as place, at.house.register():
        import psycopg
        from psycopg.conninfo import make_conninfo

        with psycopg.connect(
            make_conninfo(place.admin_dsn(), dbname=place.database), autocommit=True
        ) as admin:
            yield admin


def _sides(admin: Administrator) -> list[str]:
    rows = admin.execute("SELECT DISTINCT unnest(sides) FROM policy.login ORDER BY 1").fetchall()
    return [side for (side,) in rows]


def _rotation(at: Desk, admin: Administrator, act: Act, progress: Any) -> Rotation:
    """Rotating on the side of whoever acts."""
    from seloste.register.protection.keys import provided
    from seloste.register.protection.rotation import Rotation

    with session(at, act) as opened:
        login = opened.login.name
    [(side,)] = admin.execute("SELECT sides[1] FROM policy.login WHERE login = %s", [login]).fetchall()
    return Rotation(admin, provided(), side, lambda: session(at, act), progress)


def _rotated(done: Rotated) -> dict[str, Any]:
    return {
        "done": "keys.rotate",
        "key": done.name,
        "version": done.version,
        "changed": done.changed,
        "left": done.left,
    }


def _told(each: Version) -> dict[str, Any]:
    return {
        "key": each.name,
        "version": each.version,
        "state": each.key,
        "current": each.current,
        "used": each.used,
    }
