"""The words of an HTML mail as plain text, without what it quotes. Nothing of it is ever shown as HTML."""

from html.parser import HTMLParser

MOST_LETTERS = 1024 * 1024
_HIDDEN = frozenset({"script", "style", "head", "title", "template", "blockquote"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr"})


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag in _BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()
        elif tag in {"p", "div", "tr", "li"}:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data.replace("\r", " ").replace("\n", " "))


def read_markup(html: str) -> str:
    """Lines without needless spaces, and never two empty ones together."""
    words = _Words()
    words.feed(html[:MOST_LETTERS])
    words.close()
    out: list[str] = []
    for line in "".join(words.pieces).split("\n"):
        plain = " ".join(line.split())
        if plain or (out and out[-1]):
            out.append(plain)
    return "\n".join(out).strip()
