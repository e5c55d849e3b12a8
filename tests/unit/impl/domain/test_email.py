"""E-mail addresses of any script."""

from __future__ import annotations

import pytest
from oneinvoice_impl.domain.email import ascii_domain, is_address, kept_address


@pytest.mark.parametrize(
    "address",
    [
        "kari@nordlys.example",
        "kari.o'neil+list@nordlys.example",
        "Kari_N@Nordlys.Example",
        "kåre@nordlys.example",
        "post@blåbær.example",
        "用户@例え.jp",
        "पोस्ट@उदाहरण.भारत",
        "post@faß.example",
        "post@xn--blbr-roah.example",
        "paral·lel@exemple.cat",
        "نامه\N{ZERO WIDTH NON-JOINER}ای@مثال.ایران",
        "d\N{RIGHT SINGLE QUOTATION MARK}arc@exemple.fr",
    ],
)
def test_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "kari",
        "kari@",
        "@nordlys.example",
        "kari nordmann@nordlys.example",
        "kari@nordlys.example, ola@nordlys.example",
        "<kari@nordlys.example>",
        "kari@nordlys..blåbær",
        "kari@☃.example",
        "kari@-blåbær.example",
        "kari@no_host.example",
        "kari\u202e@nordlys.example",
        "kari\u200f@nordlys.example",
        "kari\u2028@nordlys.example",
        "kari\u3000@nordlys.example",
        "kari@å\N{FULLWIDTH FULL STOP}",
        "kari@日\N{IDEOGRAPHIC FULL STOP}",
        "kari@nordlys.example\n",
        f"{'k' * 65}@nordlys.example",
        f"kari@{'n' * 64}å.example",
        f"k@{'nordlys.' * 32}example",
    ],
)
def test_no_addresses(address: str) -> None:
    assert not is_address(address)


def test_a_domain_is_looked_up_by_what_it_is_today() -> None:
    # What was an "ss" by the first standard for such domains is a letter of its own by RFC 5891.
    assert ascii_domain("faß.de") == "xn--fa-hia.de"
    assert ascii_domain("nordlys.example") == "nordlys.example"


def test_letters_that_databases_do_not_agree_on_are_in_lower_case() -> None:
    assert kept_address(" KÅRE@Blåbær.example\u200b") == "kåre@blåbær.example"
    assert kept_address("Kari@Nordlys.example") == "Kari@Nordlys.example"


def test_an_address_is_kept_in_one_of_its_forms() -> None:
    assert kept_address("a\N{COMBINING RING ABOVE}@bla\N{COMBINING RING ABOVE}.example") == "å@blå.example"
    assert kept_address("post@ｎｏｒｄｌｙｓ。example") == "post@nordlys.example"
    assert kept_address("nobody") == kept_address(" nobody ") == "nobody"
