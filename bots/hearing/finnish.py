"""The forms that a Finnish first name takes: case endings on strong and weak stems, spoken endings and clitics."""

from functools import lru_cache

from bots.hearing.tokens import fold

_VOWELS = "aeiouy"
_WEAK_END = ("n", "lla", "lle", "lta", "ssa", "sta", "ksi", "t", "tta", "lt", "lt", "st", "l", "s", "ks", "ltä")
_STRONG_END = ("a", "ta", "kin", "ko", "han", "pa", "kaan")
TOO = ("kin", "ki", "kaan")
"""What says "too" or "either" at the end of a name."""
CLITICS = (*TOO, "ko", "han", "pa")
_GRADES = (("kk", "k"), ("pp", "p"), ("tt", "t"), ("nk", "ng"), ("mp", "mm"), ("nt", "nn"), ("lt", "ll"), ("rt", "rr"))
_SINGLE = {"k": "", "p": "v", "t": "d"}


@lru_cache(maxsize=4096)
def forms(name: str) -> frozenset[str]:
    """Every folded form in which a folded name may stand, the name itself left out.

    Source: Iso suomen kielioppi, sections 40-56 (stems), 81 (endings).
    """
    if len(name) < 2 or not name.isalpha():
        return frozenset()
    made: set[str] = set()
    strong, weak = _stems(name)
    for stem in weak:
        made.update(stem + end for end in _WEAK_END)
    for stem in strong:
        made.update(stem + end for end in _STRONG_END)
        made.add(stem + stem[-1] + "n")
        made.add(stem + "h" + stem[-1] + "n")
        made.add(stem + "seen")
        made.add(stem + stem[-1])
    if name[-1] not in _VOWELS:
        made.add(name + "ta")
    made.update(form + clitic for form in tuple(made) if len(form) > len(name) for clitic in CLITICS)
    made.update(name + clitic for clitic in CLITICS)
    made.discard(name)
    return frozenset(fold(form) for form in made)


def _stems(name: str) -> tuple[set[str], set[str]]:
    """Strong stems (essive, illative, partitive) and weak stems (genitive and the inner and outer local cases)."""
    if name[-1] in _VOWELS:
        weak = {_weaken(name)}
        if len(name) <= 4 or name[-2] in _VOWELS:
            weak.add(name)
        if name.endswith("e") and name[-2] not in _VOWELS:
            weak.add(name + "e")
        weak.add(name)
        return {name}, weak
    if name.endswith("s"):
        other = {name[:-1] + "kse", name + "i", name[:-1] + name[-2], name[:-1] + "de"}
        if name.endswith("nes"):
            other.add(name[:-1] + "kse")
        return other, other
    if name.endswith("nen"):
        return {name[:-3] + "se", name + "i"}, {name[:-3] + "se", name + "i"}
    return {name + "i"}, {name + "i"}


def _weaken(name: str) -> str:
    body, last = name[:-1], name[-1]
    for strong, weak in _GRADES:
        if body.endswith(strong):
            return body[: -len(strong)] + weak + last
    if len(body) > 2 and body[-1] in _SINGLE and body[-2] in _VOWELS + "lrh":
        return body[:-1] + _SINGLE[body[-1]] + last
    return name
