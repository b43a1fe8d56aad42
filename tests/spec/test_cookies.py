"""Cookies: each kind, whether it is necessary, with which consent, for how long (SVPL 205)."""

from seloste.kernel.periods import Duration
from spec.telling import notice, refused


def test_a_kind_of_cookies_is_necessary_or_has_a_consent():
    told = notice("cookies: {cart: {name: {en: Cart}, necessary: yes, lifetime: P1D}}").cookies["cart"]
    assert (told.necessary.answer, told.lifetime) == ("yes", Duration(days=1))
    refused("cookies: {ads: {name: {en: Ads}, necessary: no, consent: ads}}", "'ads' is not declared")
