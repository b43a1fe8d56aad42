"""Keys by their versions: whether each that something was sealed under is there, and is the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.protection import key_versions
from seloste.register.protection.keys import FileKeys

from .told import AGAIN, Check, Told, Words, ok, stopped

if TYPE_CHECKING:
    from .told import Site


def _versions(site: Site) -> Told:
    found = key_versions.check(site.admin, FileKeys(site.cluster.key_file))
    wrong = [each for each in found if not each.is_well]
    if wrong:
        names = ", ".join(f"{each.name} {each.version}" for each in wrong)
        return stopped(
            f"Avaimista puuttuu tai on väärä: {names}; niihin nojaa {sum(each.used for each in wrong)} arvoa.",
            f"Missing or wrong keys: {names}; {sum(each.used for each in wrong)} values stand under them.",
            "seloste keys check",
            AGAIN,
        )
    return ok(
        f"{len(found)} avainversiota, jokainen oikea.", f"{len(found)} versions of keys, each the right one."
    )


CHECKS = (Check("key_versions", Words("Avainversiot", "Versions of keys"), _versions, is_slow=True),)
