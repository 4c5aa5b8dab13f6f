"""XML as we write it, in two forms: with prefixes, as it goes out, and in the canonical form that is digested and signed.

In the canonical form each element names its namespace where that differs from the one around it, and nothing else does; so
nothing has to be parsed to be canonical. Sources: XML 1.0 section 2.2; Canonical XML 1.0; Exclusive XML Canonicalization 1.0.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from hub.post.channel import RejectedError

_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_ATTRIBUTES = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;"})
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Node:
    """One element: text, or other elements. `attributes` have no namespace, and are plain words of one line."""

    namespace: str
    name: str
    content: str | tuple["Node", ...] = field(default=(), repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict)

    def renamed(self, namespace: str, name: str) -> Self:
        return type(self)(namespace, name, self.content, self.attributes)

    def having(self, *more: "Node") -> Self:
        """With more elements behind those that it has."""
        assert not isinstance(self.content, str)
        return type(self)(self.namespace, self.name, (*self.content, *more), self.attributes)


def write_canonical(node: Node) -> bytes:
    """Raises: RejectedError for letters that no XML can hold."""
    return "".join(_canonical(node, "")).encode()


def write_prefixed(node: Node, prefixes: Mapping[str, str]) -> bytes:
    """`prefixes` are those of all namespaces in it, and are named at its root. Raises: RejectedError."""
    named = "".join(f' xmlns:{prefix}="{namespace}"' for namespace, prefix in prefixes.items())
    return "".join(_prefixed(node, prefixes, named)).encode()


def _canonical(node: Node, around: str) -> Iterator[str]:
    named = f' xmlns="{node.namespace}"' if node.namespace != around else ""
    yield f"<{node.name}{named}{_attributes(node)}>"
    if isinstance(node.content, str):
        yield _text(node.content)
    else:
        for inner in node.content:
            yield from _canonical(inner, node.namespace)
    yield f"</{node.name}>"


def _prefixed(node: Node, prefixes: Mapping[str, str], named: str) -> Iterator[str]:
    name = f"{prefixes[node.namespace]}:{node.name}"
    yield f"<{name}{named}{_attributes(node)}>"
    if isinstance(node.content, str):
        yield _text(node.content)
    else:
        for inner in node.content:
            yield from _prefixed(inner, prefixes, "")
    yield f"</{name}>"


def _attributes(node: Node) -> str:
    return "".join(f' {name}="{value.translate(_IN_ATTRIBUTES)}"' for name, value in sorted(node.attributes.items()))


def _text(text: str) -> str:
    """Raises: RejectedError."""
    if _NOT_IN_XML.search(text):
        raise RejectedError("not_in_xml")
    return text.translate(_IN_TEXT)
