"""How people write a child's first name: whole, owning, bent, in small letters, without its dots, and with a slip.

Written from the grammar books, not from the listener: what is asked of the listener is told here. Sources: Norsk
referansegrammatikk and Språkrådet on genitives, Svenska Akademiens grammatik, Iso suomen kielioppi sections 41-44
(gradation) and 54-74 (stems).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from random import Random

_VOWELS = "aeiouyäöå"
_ALWAYS = {"kk": "k", "pp": "p", "tt": "t"}
_SOMETIMES = {"nt": "nn", "nk": "ng", "mp": "mm", "lt": "ll", "rt": "rr", "ht": "hd", "t": "d", "k": "", "p": "v"}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LISTS = {"nb": "no_NO", "sv": "sv_SE", "fi": "fi_FI", "da": "da_DK"}


@dataclass(frozen=True, slots=True)
class Form:
    """A written form of a name: `kind` is "whole", "genitive", "case", "plain" (no dots) or "slip"."""

    name: str
    text: str
    kind: str


def names(language: str) -> list[str]:
    """The first names of one country, as Faker holds them."""
    provider = import_module(f"faker.providers.person.{_LISTS[language]}").Provider
    return sorted({str(name) for name in provider.first_names})


def every_name() -> list[str]:
    return sorted({name for language in _LISTS for name in names(language)})


def forms(name: str, language: str, chance: Random) -> Iterator[Form]:
    """All the forms in which one may read the name in a text of the language."""
    yield Form(name, name, "whole")
    yield Form(name, name.lower(), "whole")
    for text in _finnish(name) if language == "fi" else _genitives(name, language):
        yield Form(name, text, "case" if language == "fi" else "genitive")
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    plain = plain.translate(str.maketrans("øØæÆ", "oOaA"))
    if plain != name:
        yield Form(name, plain, "plain")
    if (slip := _slip(name, chance)) is not None:
        yield Form(name, slip, "slip")


def _genitives(name: str, language: str) -> Iterator[str]:
    if name[-1] in "sxz":
        yield name + "'"
        if language in {"nb", "da"}:
            yield name + "s"
    else:
        yield name + "s"
        yield name + "'s"


def _finnish(name: str) -> Iterator[str]:
    """Genitive, partitive, and the inner and outer local cases, written and spoken."""
    back = any(sign in "aou" for sign in name.lower()) or not any(sign in "äöy" for sign in name.lower())
    a = "a" if back else "ä"
    for stem in _weak(name):
        yield from (stem + end for end in ("n", f"ll{a}", "lle", f"lt{a}", f"st{a}", "l", f"ss{a}"))
    strong = _strong(name)
    yield strong + (f"t{a}" if strong[-1] in _VOWELS and strong[-2] in _VOWELS else a)
    yield strong + "kin"


def _weak(name: str) -> list[str]:
    if name.endswith("nen"):
        return [name[:-3] + "se"]
    if name[-1] not in _VOWELS:
        return [name[:-1] + "kse"] if name[-1] == "s" else [name + "i"]
    body, last = name[:-1], name[-1]
    for strong, weak in _ALWAYS.items():
        if body.lower().endswith(strong):
            return [body[: -len(strong)] + weak + last]
    for strong, weak in _SOMETIMES.items():
        if body.lower().endswith(strong) and len(body) > len(strong) + 1:
            return [name, body[: -len(strong)] + weak + last]
    return [name]


def _strong(name: str) -> str:
    if name.endswith("nen"):
        return name[:-3] + "se"
    if name[-1] in _VOWELS:
        return name
    return name[:-1] + "kse" if name[-1] == "s" else name + "i"


def _slip(name: str, chance: Random) -> str | None:
    """One letter within the name taken from the next key, doubled, left out or swapped with the next."""
    if len(name) < 5 or not name.isalpha():
        return None
    at = chance.randrange(1, len(name) - 2)
    row = next((row for row in _ROWS if name[at].lower() in row), None)
    match chance.randrange(4):
        case 0 if row is not None:
            place = row.index(name[at].lower())
            return name[:at] + row[place - 1 if place else 1] + name[at + 1 :]
        case 1:
            return name[:at] + name[at] + name[at:]
        case 2:
            return name[:at] + name[at + 1 :]
        case _:
            return name[:at] + name[at + 1] + name[at] + name[at + 2 :] if name[at] != name[at + 1] else None
