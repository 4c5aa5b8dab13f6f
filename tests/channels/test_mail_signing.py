"""What we sign, others find to hold, whatever stands in it; and what dkimpy does faster for us it does as before."""

import random
from datetime import UTC, datetime
from email.policy import default
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import dkim
import dkim.canonicalization
import pytest

from channels.mail.names import is_address
from channels.mail.quick_dkim import make_dkim_quick
from channels.mail.reading import read_mail
from channels.mail.signing import Signer
from tests.channels.mail_rehearsal import FAMILY_DOMAIN, SELECTOR, private_key, public_record

NOON = datetime(2025, 3, 3, 11, tzinfo=UTC)
HEAD = (
    b"From: Haug <a@familie.example.org>\r\nTo: b@c.example\r\nSubject: =?utf-8?q?L=C3=A6rkan?=\r\n \tog  mer \r\n"
    b"Message-ID: <1@familie.example.org>\r\nX-Other: 1\r\n\r\n"
)


def as_it_comes(module: ModuleType) -> Any:
    """A module of dkimpy's once more, in which nothing is ours."""
    spec = spec_from_file_location(f"{module.__name__}_as_it_comes", str(module.__file__))
    assert spec is not None
    assert spec.loader is not None
    out = module_from_spec(spec)
    spec.loader.exec_module(out)
    return out


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n\r\n",
        b"Hei\r\n",
        b"Hei  du\t\r\n \r\n\t\r\n",
        b" a \t b \r\n\r\n\r\n",
        b".\r\n..\r\n",
        b"uten slutt",
        b"\xc3\xa6\r\n",
    ],
)
def test_a_signature_holds_for_whoever_judges_it(body: bytes) -> None:
    signed = Signer(FAMILY_DOMAIN, SELECTOR, private_key()).sign(HEAD + body, NOON)
    record = public_record(private_key()).encode()

    def holds(content: bytes) -> bool:
        return bool(dkim.verify(content, dnsfunc=lambda name, timeout=0: record))

    assert holds(signed)
    assert not holds(signed.replace(b"To: b@", b"To: x@"))
    assert not holds(signed + b"mer\r\n")
    assert signed.endswith(HEAD + body)
    assert max(map(len, signed.partition(b"From:")[0].split(b"\r\n"))) <= 78


def test_a_proof_is_cut_out_of_its_line_as_dkimpy_does() -> None:
    chance = random.Random(6376)
    pieces = [b" ", b"\t", b"\r\n", b"\n", b"\r", b";", b"b", b"=", b"A", b"z9", b"bh", b"/", b"-", b"\x0b"]
    lines = [b"".join(chance.choices(pieces, k=chance.randint(0, 14))) for _ in range(20_000)]
    theirs = as_it_comes(dkim).RE_BTAG
    make_dkim_quick()

    assert theirs.pattern != dkim.RE_BTAG.pattern
    assert [dkim.RE_BTAG.sub(b"\\1", line) for line in lines] == [theirs.sub(b"\\1", line) for line in lines]


def test_fields_and_spaces_are_made_plain_as_dkimpy_does() -> None:
    chance = random.Random(6376)
    pieces = [b" ", b"\t", b"\r\n", b"\n", b"\r", b"a"]
    lines = [b"".join(chance.choices(pieces, k=chance.randint(0, 9))) for _ in range(20_000)]
    ours, theirs = dkim.canonicalization, as_it_comes(dkim.canonicalization)
    make_dkim_quick()

    for name in ("unfold_header_value", "compress_whitespace"):
        quick, plain = getattr(ours, name), getattr(theirs, name)
        assert quick is not plain
        assert [quick(line) for line in lines] == [plain(line) for line in lines]


@pytest.mark.parametrize(
    "line",
    [
        "anne@a.example",
        "Anne Berg <Anne@A.example>",
        "Anne-Lise 2 <a.b+c@a.example>",
        '"Berg, Anne" <anne@a.example>',
        "=?utf-8?q?L=C3=A6rkan?= <anne@a.example>",
        "anne@a.example, ola@b.example",
        "Anne <anne@a.example> <ola@b.example>",
        "anne@a.example <ola@b.example>",
        "Anne anne@a.example",
        "Anne: anne@a.example;",
        "anne@a.example (ola@b.example)",
        "..anne@a.example",
        "anne.@a.example",
        "Anne <anne@a..example.>",
        "Anne<anne@a.example>",
        "Anne <anne @a.example>",
    ],
)
def test_a_plain_sender_is_who_the_parser_says(line: str) -> None:
    addresses = default.header_factory("From", line).addresses
    told = addresses[0].addr_spec.lower() if len(addresses) == 1 else ""

    assert read_mail(f"From: {line}\r\n\r\nHei\r\n".encode()).sender == (told if is_address(told) else "")
