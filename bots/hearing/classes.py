"""A child called by its class or group: "min i 7A", "hon i Solrosen", "7A:n poika". It is read as if the child were named.

What fits two children stays open, and a class that is none of theirs is a stranger's. What a group is called is often a common
word, too; so it counts only beside a word for a child, or where the hub has asked which child.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from hub.talk.heard import About, Heard, KnownChild, Reason, Said

_CLASS = re.compile(r"(\d{1,2})\W?([^\W\d_]?)")
_ANY_CLASS = r"\d{1,2}\s?[^\W\d_]"
_BENT_CLASS = r"(?::?[^\W\d_]{1,5})?"
_FINNISH_CLASS = r"\d{1,2}[^\W\d_](?::[^\W\d_]{1,5}|(?=[\s-]?luok))"
_GRADE = r"\.?[\s-]?(?:klassen?|klassetrinn|trinn|luokkalainen|luokalla|luokan|luokalta)"
_STRANGERS = ("Tormod", "Ingeborg", "Kerttu")
_SHORTEST_STEM, _BENT_LETTERS, _LONGEST_ENDING = 3, 2, 6


@dataclass(frozen=True, slots=True)
class Named:
    """What the listener reads: the words with each class as the child's name, and what was written instead of each."""

    said: Said
    written: tuple[tuple[str, str, str | None], ...] = ()
    """Each name put in, the words as they came, and the child's key; None for a stranger."""

    def as_written(self, heard: Heard) -> Heard:
        """The same with the guardian's own words in the reasons."""
        if not self.written:
            return heard
        acts = tuple(
            replace(act, unknown_name=self._words(act.unknown_name)) if act.unknown_name else act for act in heard.acts
        )
        reasons = [Reason(self._words(reason.words), reason.led_to) for reason in heard.reasons]
        told = {reason.led_to for reason in reasons}
        reasons += [
            Reason(words, f"child: {key}") for _, words, key in self.written if f"child: {key}" not in told and key
        ]
        return replace(heard, acts=acts, reasons=tuple(reasons))

    def _words(self, text: str) -> str:
        for name, words, _ in self.written:
            text = text.replace(name, words)
        return text


def with_classes_named(said: Said, children: Sequence[KnownChild], asked: About | None) -> Named:
    """The text with every class that calls one of the children put in words that name it."""
    groups = list(dict.fromkeys(group for child in children for group in child.groups))
    if not groups:
        return Named(said)
    bare = asked is not None and asked.about == "which_child"
    stranger = next(name for name in _STRANGERS if not any(name in child.name for child in children))
    written: list[tuple[str, str, str | None]] = []

    def named(found: re.Match[str]) -> str:
        calls = found["group"]
        meant = [child for child in children if any(_is_called(calls, group) for group in child.groups)]
        if len(meant) > 1:
            return found["head"] or found["behind"] or calls
        name = meant[0].name if meant else stranger
        written.append((name, found[0] if meant else calls, meant[0].key if meant else None))
        return name

    text = said.text
    for pattern in _patterns(tuple(groups), bare):
        text = pattern.sub(named, text)
    return Named(replace(said, text=text), tuple(written)) if text != said.text else Named(said)


@cache
def _patterns(groups: tuple[str, ...], bare: bool) -> tuple[re.Pattern[str], ...]:
    """From the fullest phrase to the barest."""
    own = "|".join(sorted((_form(group) for group in groups), key=len, reverse=True))
    calls = f"(?P<group>{own}|{_ANY_CLASS}{_BENT_CLASS})"
    heads, links, behind = _any("heads"), _any("links"), _any("behind")
    after, finnish_after = (rf"(?:[\s-]?(?:{endings}))?" for endings in (_any("after"), _one("fi", "after")))
    bent = f"(?P<group>{own}|{_FINNISH_CLASS})"
    patterns = [
        rf"(?P<head>{heads})\s+(?:{links})\s+(?:(?:{_any('before')})\s+)?{calls}{after}(?P<behind>)",
        rf"(?P<head>){bent}{after}\s+(?P<behind>{behind})",
        rf"(?P<head>{_one('fi', 'heads')})\s+{bent}{finnish_after}(?P<behind>)",
    ]
    if bare:
        patterns.append(rf"\A\W*(?P<head>)(?:(?:{links})\s+)?(?P<group>{own}){after}(?P<behind>)\W*\Z")
    patterns = [rf"(?<!\w){pattern}(?!\w)" for pattern in patterns]
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def _form(group: str) -> str:
    """What a group's name looks like in a text: "7 a", "7. klasse", "Solrosens", "Ketuissa"."""
    found = _CLASS.fullmatch(group.strip())
    if found is not None:
        return rf"(?:{found[1]}\W?{re.escape(found[2])}{_BENT_CLASS}|{found[1]}{_GRADE})"
    return rf"{re.escape(_stem(group))}[^\W\d_]{{0,{_LONGEST_ENDING}}}"


def _is_called(words: str, group: str) -> bool:
    return re.fullmatch(_form(group), words, re.IGNORECASE) is not None


def _stem(group: str) -> str:
    """The name without a word for a group, and without what changes when it is bent."""
    core = group.strip()
    for ending in sorted(_listed("after"), key=len, reverse=True):
        if core.casefold().endswith(ending) and len(core) - len(ending) >= _SHORTEST_STEM:
            core = core[: -len(ending)].rstrip(" -")
            break
    return core[: max(_SHORTEST_STEM, len(core) - _BENT_LETTERS)]


def words_of(language: str, what: str) -> frozenset[str]:
    """A list of the file, for one language; empty where it has none."""
    return frozenset(_source().get(language, {}).get(what, ()))


def _listed(what: str) -> frozenset[str]:
    return frozenset(word for language in _source() for word in words_of(language, what))


def _any(what: str) -> str:
    return "|".join(re.escape(word) for word in sorted(_listed(what), key=len, reverse=True))


def _one(language: str, what: str) -> str:
    return "|".join(re.escape(word) for word in sorted(words_of(language, what), key=len, reverse=True))


@cache
def _source() -> dict[str, dict[str, tuple[str, ...]]]:
    text = (resources.files("bots.hearing") / "classes.toml").read_text(encoding="utf-8")
    return {
        language: {what: tuple(word.strip() for word in words.split(",")) for what, words in lists.items()}
        for language, lists in tomllib.loads(text).items()
    }
