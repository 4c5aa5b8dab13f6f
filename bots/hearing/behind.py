"""Whoever fetches and stands behind the verb, as Finnish has it: "Karin hakee mummi" is of Kari, whom grandma fetches."""

from collections.abc import Sequence

from bots.hearing.first_names import every_first_name
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_MOST_BETWEEN = 3
"""Words from a verb to the one who does it: "hakee tänään mummi"."""
_PEOPLE = frozenset({"parent", "role", "one_of"})


class Behind:
    """Reads by the tags of one text."""

    def __init__(self, tags: Sequence[Tag]) -> None:
        self._fetches = {tag.start: tag.end for tag in tags if tag.name == "fetch"}
        self._people = {tag.start for tag in tags if tag.name in _PEOPLE}

    def fetches(self, tokens: Sequence[Token], verb: int) -> bool:
        """Whether the verb at this token is one of fetching, and who does it stands behind. A person in "-n" is fetched too."""
        end = self._fetches.get(verb, len(tokens))
        for at in range(end, min(end + _MOST_BETWEEN, len(tokens))):
            token = tokens[at]
            if token.kind == "mark":
                return False
            is_named = token.is_capital and token.fold in every_first_name()
            if (at in self._people or is_named) and not token.fold.endswith("n"):
                return True
        return False
