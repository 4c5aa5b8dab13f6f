"""Which of the children words such as "both", "all of them" or "the boys" mean together."""

from collections.abc import Sequence, Set

from bots.hearing.first_names import boys, girls
from bots.hearing.spelling import Called


def keys_of(value: str, children: Sequence[Called]) -> tuple[str, ...]:
    """The keys of those meant; () where it is not certain who they are. `value` is the word's: "both", "all", "boys", ..."""
    keys = tuple(child.key for child in children)
    match value:
        case "both":
            return keys if len(keys) <= 2 else ()
        case "all":
            return keys
        case "boys":
            return _by_gender(children, boys(), girls())
        case "girls":
            return _by_gender(children, girls(), boys())
        case _:
            return keys if len(keys) == 1 else ()


def _by_gender(children: Sequence[Called], own: Set[str], others: Set[str]) -> tuple[str, ...]:
    """The children of the gender; none where one of several may be of the other."""
    meant = [child for child in children if not others & set(child.parts[:1])]
    if len(children) == 1:
        return (children[0].key,)
    sure = len(meant) == 2 or (len(meant) > 2 and all(own & set(child.parts[:1]) for child in meant))
    return tuple(child.key for child in meant) if sure else ()
