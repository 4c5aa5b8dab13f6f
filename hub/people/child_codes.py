"""Four letters for each child, which its family may write instead of the name, and never a national number.

A code names a child only among those whom the sender may write about: from any other phone it says nothing. It has no vowels,
so that it is no word, and none of the letters that are taken for another or for a figure.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from itertools import count

import sqlalchemy as sa

from hub.desk import Work
from hub.people.families import Child, Guardianship

LETTERS = "CDFGHJKLMNPRTVX"
LENGTH = 4
DRAWS = 200
"""So often one of a length is drawn: among a city's children most of the 50,000 short ones are taken."""
APART = 3
"""In so many places the codes of siblings differ: no slip of a finger makes one of another."""
UNKIND = (
    *("CKN", "CNT", "DCK", "DRT", "DRP", "FCK", "FKK", "FKN", "FTT", "HLV", "HMF", "HMR", "HTL", "JVL", "KKK", "KKN"),
    *("KNL", "KNT", "KRP", "KTT", "LRT", "LTT", "MRD", "MRR", "NGG", "NGR", "NRK", "PCK", "PKK", "PLD", "PRK", "PRN"),
    *("PTT", "RNK", "RPT", "RTN", "TRD", "TTT", "VTT"),
)
"""What reads as an insult, or worse, in a language of the North once the vowels are thought in. A list to be added to."""

Draw = Callable[[Sequence[str]], str]


def is_kind(code: str) -> bool:
    """Whether nobody is called a name by it, and it is more than one letter said again."""
    return not any(word in code for word in UNKIND) and len(set(code)) >= LENGTH - 1


def make_code(taken: Iterable[str], siblings: Iterable[str], draw: Draw = secrets.choice) -> str:
    """One that is not `taken`, and far from those of the siblings. It is a letter longer where the short ones run out."""
    known, near = set(taken), list(siblings)
    for tried in count():
        code = "".join(draw(LETTERS) for _ in range(LENGTH + tried // DRAWS))
        if code not in known and is_kind(code) and all(_is_far(code, other) for other in near):
            return code
    raise AssertionError("counting ends nowhere")


def _is_far(code: str, other: str) -> bool:
    return len(code) != len(other) or sum(a != b for a, b in zip(code, other, strict=True)) >= APART


_TAKEN = sa.select(Child.code).where(Child.owner_id == sa.bindparam("owner"), Child.code.is_not(None))
_SIBLINGS = (
    sa.select(Child.code)
    .join(Guardianship, Guardianship.child_id == Child.id)
    .where(
        Guardianship.guardian_id.in_(
            sa.select(Guardianship.guardian_id).where(Guardianship.child_id == sa.bindparam("child"))
        ),
        Child.id != sa.bindparam("child"),
        Child.code.is_not(None),
    )
)


def give_codes(work: Work, children: Iterable[Child]) -> list[Child]:
    """Those who had none have one now; who that is. A code that another writer gave meanwhile stays."""
    some = list(children)
    _take_turn(work, some)
    now = sa.select(Child).where(Child.id.in_([child.id for child in some])).order_by(Child.id)
    read_again = work.session.scalars(now.execution_options(populate_existing=True))
    without = [child for child in read_again if child.code is None]
    _give(work, without)
    return without


def _take_turn(work: Work, children: Sequence[Child]) -> None:
    work.take_turns({f"child codes {child.owner_id}" for child in children})


def renew_code(work: Work, child: Child) -> None:
    """From now on this child has another code, and the one before is nobody's."""
    _take_turn(work, [child])
    _give(work, [child])
    child.code_renewed_at = work.now


def _give(work: Work, children: Sequence[Child]) -> None:
    if not children:
        return
    owner_id = children[0].owner_id
    taken = set(work.session.scalars(_TAKEN, {"owner": owner_id}))
    for child in children:
        siblings = [code for code in work.session.scalars(_SIBLINGS, {"child": child.id}) if code]
        child.code = make_code((code for code in taken if code), siblings)
        taken.add(child.code)
        work.session.flush()
