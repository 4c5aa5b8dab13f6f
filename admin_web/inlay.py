"""Long pieces of markup that templates only carry: a mark stands for each until the page around it is drawn.

A template copies what it carries at each of its levels, a dozen times for a list of two hundred children.
"""

import secrets

from markupsafe import Markup

MARK = secrets.token_hex(16)
"""Nobody can guess it, so nothing that people wrote can be it."""


class Inlay:
    """The pieces of one page."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, markup: str) -> Markup:
        """What stands for it in a template."""
        self._pieces.append(markup)
        return Markup(f"{MARK}{len(self._pieces) - 1};")  # noqa: S704  # a mark of ours and a number

    def fill(self, page: str) -> str:
        """The page with each piece where its mark stands."""
        first, *rest = page.split(MARK)
        filled = [first]
        for part in rest:
            number, _, after = part.partition(";")
            filled += self._pieces[int(number)], after
        return "".join(filled)
