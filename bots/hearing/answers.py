"""Whole messages that are an answer or a keyword: yes, no, thanks, STOP and its kin, and the numbers of choices."""

import re
import unicodedata
from collections.abc import Sequence

from bots.hearing.sources import languages, whole_messages
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag
from hub.talk.heard import Intent

KEYWORDS = {
    "stop": Intent.STOP,
    "start": Intent.START,
    "help": Intent.HELP,
    "status": Intent.STATUS,
    "undo": Intent.UNDO,
    "documents": Intent.DOCUMENTS,
}
AS_USUAL = "as_usual"
_WISHES = ("reserve", "only_urgent", "only_mail", AS_USUAL)
_ANSWERS = {"yes": Intent.YES, "no": Intent.NO, "ack": Intent.ACK}
_GRANTS = {"yes": True, "no": False, "ack": True, "refusing": False}
_BESIDE_NUMBERS = ("numbering", "polite", "stressing")
_MOST_WORDS = 40
"""No mere answer is longer."""
_LONGEST_PHRASE = 8
"""Words."""
_COURTEOUS = frozenset({"greeting", "nothing", "signature"})
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_LETTER = re.compile(r"(.+?) (?:(?:nr|no|nro|nummer|number|numero|kode|kod|koodi|code) )?(\d{4})")
_DASHES = frozenset("-–—")
_THUMBS = {"👍": Intent.YES, "👎": Intent.NO, "✅": Intent.YES, "👌": Intent.YES}


def bare(tokens: Sequence[Token], tags: Sequence[Tag]) -> tuple[Token, ...]:
    """The words and numbers, without greeting at the start, marks and emoji."""
    start = 0
    for tag in tags:
        if tag.name == "greeting" and tag.start <= start + 1 and tag.end < len(tokens):
            start = max(start, tag.end)
    return tuple(token for token in tokens[start:] if token.kind in {"word", "number"})


def keyword_in(tokens: Sequence[Token]) -> tuple[Intent, str | None] | None:
    """The keyword that is the whole message, in any language, and the language when only one has it."""
    text = _joined(tokens)
    for key, intent in KEYWORDS.items():
        codes = [code for code, phrases in whole_messages("keywords", key).items() if text in phrases]
        if codes:
            if "en" in codes:
                return intent, "en"
            return intent, codes[0] if len(codes) == 1 else None
    return None


def wish_in(tokens: Sequence[Token]) -> tuple[str, str] | None:
    """How somebody wishes to be reached, where that is the whole message, and the language of its words."""
    text = _joined(tokens)
    for wish in _WISHES:
        for code, phrases in whole_messages("reach", wish).items():
            if text in phrases:
                return wish, code
    return None


def letter_in(tokens: Sequence[Token]) -> str | None:
    """The figures of a letter that is asked for, and of nothing else: "BREV 4821", in the word of any language."""
    found = _LETTER.fullmatch(_joined(tokens))
    known = whole_messages("keywords", "letter").values()
    return found[2] if found is not None and any(found[1] in words for words in known) else None


def answer_in(tokens: Sequence[Token], tags: Sequence[Tag], code: str) -> Intent | None:
    """Yes, no or thanks when the message is made of such phrases and politeness alone, the language's own words first.

    A yes or no outweighs thanks; yes and no together are no answer.
    """
    for language in (code, *(other for other in languages() if other != code)):
        kinds = _composed(tokens, tags, language)
        if kinds is not None and kinds != {"polite"}:
            said = kinds & {"yes", "no"}
            if len(said) == 2:
                return None
            return _ANSWERS[said.pop()] if said else (Intent.ACK if "ack" in kinds else None)
    return None


def _composed(tokens: Sequence[Token], tags: Sequence[Tag], code: str) -> set[str] | None:
    """Which kinds of phrases the message is put together of, None when a word is left over."""
    phrases = {kind: whole_messages("answers", kind).get(code, frozenset()) for kind in ("yes", "no", "ack", "polite")}
    courteous = {at for tag in tags if tag.name in _COURTEOUS and not tag.value for at in range(tag.start, tag.end)}
    strong = whole_messages("answers", "stressing").get(code, frozenset())
    words = [(at, squeezed(token.fold)) for at, token in enumerate(tokens) if token.kind in {"word", "number"}]
    words = [word for word in words if word[1] not in strong] or words
    if len(words) > _MOST_WORDS:
        return None
    # The kinds of the phrases from each place on, the longest phrase first where several lead to the end.
    onward: list[set[str] | None] = [None] * len(words) + [set()]
    for at in reversed(range(len(words))):
        for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            rest = onward[at + length]
            text = " ".join(word for _, word in words[at : at + length])
            kind = next((kind for kind, known in phrases.items() if text in known), None)
            if rest is not None and kind is not None:
                onward[at] = {kind} | rest
                break
        else:
            onward[at] = onward[at + 1] if words[at][0] in courteous else None
    return onward[0]


def squeezed(word: str) -> str:
    """The word without drawn-out letters: "jaaaa", "neiii"."""
    return _DRAWN_OUT.sub(r"\1", word)


def sign_in(tokens: Sequence[Token]) -> Intent | None:
    """What an emoji alone says: a thumb answers, a heart thanks."""
    marks = [
        token.text[0]
        for token in tokens
        if token.kind == "mark" and unicodedata.category(token.text[0]) in {"So", "Sk"}
    ]
    if not marks or any(token.kind in {"word", "number"} for token in tokens):
        return None
    return next((_THUMBS[mark] for mark in marks if mark in _THUMBS), Intent.ACK)


def options_in(tokens: Sequence[Token], tags: Sequence[Tag], options: Sequence[str]) -> tuple[int, ...]:
    """The 1-based choices that a bare answer picks: "2", "1 og 3", "1,3", "1-5,8"; "den andre" has none, and "all but 2" is
    no bare answer."""
    if _spares(tags):
        return ()
    fillers = {at for tag in tags if tag.name == "join" for at in range(tag.start, tag.end)}
    ranging = covered([tag for tag in tags if tag.name == "join" and tag.value == "until"])
    numbers = {tag.start: int(tag.value) for tag in tags if tag.name == "number" and tag.end - tag.start == 1}
    picked: list[int] = []
    ranged = False
    for at, token in enumerate(tokens):
        if token.kind == "mark" or at in fillers:
            ranged = bool(picked) and (at in ranging or token.text in _DASHES)
            continue
        number = token.number if token.number is not None else numbers.get(at)
        if number is None or not 1 <= number <= len(options) or (ranged and number <= picked[-1]):
            return ()
        picked.extend(range(picked[-1] + 1, number + 1) if ranged else (number,))
        ranged = False
    return tuple(sorted(set(picked)))


def whole_in(plain: Sequence[Token], code: str) -> Intent | None:
    """Yes where the whole answer is a word for all of the choices, no where it is one for none of them."""
    text = _joined(plain)
    if text in whole_messages("answers", "everything").get(code, frozenset()):
        return Intent.YES
    return Intent.NO if text in whole_messages("answers", "nothing").get(code, frozenset()) else None


def option_typed(plain: Sequence[Token], options: Sequence[str]) -> tuple[int, ...]:
    """The 1-based choice whose words are the whole answer, as whoever asked worded them: "Tuesday"."""
    typed = _letters("".join(token.text for token in plain))
    found = [number for number, option in enumerate(options, 1) if typed and _letters(option) == typed]
    return tuple(found) if len(found) == 1 else ()


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def options_told(tokens: Sequence[Token], tags: Sequence[Tag], options: Sequence[str], code: str) -> tuple[int, ...]:
    """The 1-based choices agreed to with words about them: "yes to 1, no to 2", "1 ok, 2 not", "only 1"; else none.

    Where one is refused each must be told: what is left unsaid is then nobody's guess.
    """
    placed = _yes_no_numbers(tokens, tags, len(options), code)
    if not placed or _spares(tags) or any(token.text == "?" for token in tokens):
        return ()
    said = [word for _, word in placed]
    first, last = isinstance(said[0], bool), isinstance(said[-1], bool)
    if first == last and any(isinstance(word, bool) for word in said):
        if first or not _turns_once(placed, tokens, tags, code):
            return ()  # a yes or no that stands beside no number, or on either side of one
        said, first = [True, *said], True
    told: dict[int, bool] = {}
    granted = True
    for word in reversed(said) if last else said:
        if isinstance(word, bool):
            granted = word
        elif word in told:
            return ()
        else:
            told[word] = granted
    if False in told.values() and len(told) < len(options):
        return ()
    return tuple(sorted(number for number, is_granted in told.items() if is_granted))


def _spares(tags: Sequence[Tag]) -> bool:
    return any(tag.name == "join" and tag.value == "except" for tag in tags)


def _turns_once(
    placed: Sequence[tuple[int, bool | int]], tokens: Sequence[Token], tags: Sequence[Tag], code: str
) -> bool:
    """Whether some numbers are told and then a "not", parted from them, with the others: "1 and 3, but not 2". Behind one
    number alone a word that is a "no" as well may only mend it: "1, no 2"."""
    answers = [(at, word) for at, word in placed if isinstance(word, bool)]
    if len(answers) != 1 or answers[0][1]:
        return False
    turn = answers[0][0]
    if any(tag.name == "join" and tag.value == "but" and tag.end == turn for tag in tags):
        return True
    word, before = squeezed(tokens[turn].fold), sum(at < turn for at, _ in placed)
    refuses = word in whole_messages("answers", "refusing").get(code, frozenset())
    mends = word in whole_messages("answers", "no").get(code, frozenset()) and before == 1
    return refuses and not mends and tokens[turn - 1].text in ",.;"


def _yes_no_numbers(
    tokens: Sequence[Token], tags: Sequence[Tag], most: int, code: str
) -> list[tuple[int, bool | int]] | None:
    """What the message is put together of and where each stands, where that is yes, no and numbers of choices alone, with
    small words between."""
    phrases = {kind: whole_messages("answers", kind).get(code, frozenset()) for kind in (*_GRANTS, *_BESIDE_NUMBERS)}
    joins = {at for tag in tags if tag.name == "join" for at in range(tag.start, tag.end)}
    numbers = {tag.start: int(tag.value) for tag in tags if tag.name == "number" and tag.end - tag.start == 1}
    said: list[tuple[int, bool | int]] = []
    for at, token in enumerate(tokens):
        word = squeezed(token.fold)
        number = token.number if token.number is not None else numbers.get(at)
        kind = next((kind for kind, known in phrases.items() if word in known), None)
        if number is not None and 1 <= number <= most:
            said.append((at, number))
        elif kind in _GRANTS:
            said.append((at, _GRANTS[kind]))
        elif token.kind in {"word", "number"} and kind is None and at not in joins:
            return None
    return said


def _joined(tokens: Sequence[Token]) -> str:
    return " ".join(token.fold for token in tokens)
