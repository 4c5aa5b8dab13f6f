"""What another system told as XML: elements and their texts, by their bare names. What defines a type or an entity is refused
before anything of it is followed, and so is what has more elements, or deeper ones, than an answer ever has.

Source: security rules S7.10 and S9.6.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 40
MOST_ELEMENTS = 50_000
_BETWEEN = "\x1f"


@dataclass(slots=True)
class Told:
    """One element. `text` is its own, without white space around it."""

    name: str
    children: list["Told"] = field(default_factory=list)
    text: str = field(default="", repr=False)

    def list_all(self, name: str) -> Iterator["Told"]:
        """Those of this name below it, however deep, in their order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.list_all(name)

    def find_text(self, name: str) -> str:
        """That of the only one of this name below it; empty where there is none. Raises: ValueError where there are more."""
        found = list(self.list_all(name))
        if len(found) > 1:
            raise ValueError("more than one")
        return found[0].text if found else ""


def read_xml(body: bytes) -> Told:
    """The root. Raises: ValueError."""
    root = Told("")
    open_: list[tuple[Told, list[str]]] = [(root, [])]
    count = 0
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)

    def begin(name: str, _: object) -> None:
        nonlocal count
        count += 1
        if len(open_) > DEEPEST or count > MOST_ELEMENTS:
            raise ValueError("too deep, or too many")
        told = Told(name.rpartition(_BETWEEN)[2])
        open_[-1][0].children.append(told)
        open_.append((told, []))

    def end(_: str) -> None:
        told, texts = open_.pop()
        told.text = "".join(texts).strip()

    def read(text: str) -> None:
        open_[-1][1].append(text)

    def refuse(*_: object) -> None:
        raise ValueError("a type is defined")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, read
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError):  # the latter for an encoding that nobody knows
        raise ValueError("not XML") from None
    return root.children[0]
