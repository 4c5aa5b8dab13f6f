"""Messages that are one thing from the first word to the last: a keyword, a wish, a sign, a pick of choices, a yes or a no."""

from collections.abc import Sequence
from dataclasses import replace

from bots.hearing import answers, replies
from bots.hearing.contacts import language_alone
from bots.hearing.days_picked import days_picked, is_about_days
from bots.hearing.reading import Reading
from bots.hearing.setting_apart import SettingApart, children_of
from bots.hearing.sources import languages
from bots.hearing.tokens import Token
from hub.talk.heard import About, Act, Heard, Intent, KnownChild, Reason

_GENERAL_CONSENT = "electronic"
_SEVERAL = frozenset({"consent", "which_days"})
"""Questions to which several choices may be the answer."""


def whole_message(reading: Reading, children: Sequence[KnownChild], asked: About | None) -> Heard | None:
    """What the message is as a whole; None where it must be read word by word."""
    plain = answers.bare(reading.tokens, reading.tags)
    said = _by_itself(reading, plain, asked)
    if said is None and asked is not None and asked.options:
        said = _choice(reading, plain, asked)
    return said or _answer(reading, plain, children, asked)


def _by_itself(reading: Reading, plain: Sequence[Token], asked: About | None) -> Heard | None:
    """What means the same whatever was asked: keywords, how to be reached, a letter, a language, a thumb."""
    language = reading.language
    keyword = answers.keyword_in(plain)
    if keyword is not None:
        intent, code = keyword
        return Heard(code or language, False, (Act(intent),), (_whole(plain, intent),))
    reached = answers.wish_in(plain)
    if reached is not None and not _answers_general_consent(reached, asked):
        change, code = reached
        said = code if language not in languages() else language
        return Heard(said, False, (Act(Intent.REACH, change=change),), (_whole(plain, Intent.REACH),))
    letter = answers.letter_in(plain)
    if letter is not None:
        return Heard(language, False, (Act(Intent.DOCUMENTS, code=letter),), (_whole(plain, Intent.DOCUMENTS),))
    wish = language_alone(reading) if asked is None else None
    if wish is not None:
        return Heard(language, False, (wish,), (_whole(plain, wish.intent),))
    sign = answers.sign_in(reading.tokens)
    if sign is not None:
        if sign is not Intent.ACK and asked is None:
            sign = Intent.ACK
        marks = "".join(token.text for token in reading.tokens)
        return Heard(language, False, (Act(sign),), (Reason(marks, f"intent: {sign}"),))
    return None


def _choice(reading: Reading, plain: Sequence[Token], asked: About) -> Heard | None:
    """Which of the choices are picked: by number, by all or none of them, by those set apart, or by their own names."""
    tokens, language = reading.tokens, reading.language
    apart = SettingApart(reading, len(asked.options))
    options = answers.options_in(tokens, reading.tags, asked.options)
    if not options and asked.about == "which_choice" and not _asks(reading):
        options = answers.option_typed(plain, asked.options)
    if not options and asked.about in _SEVERAL and not _asks(reading):
        whole = answers.whole_in(plain, language)
        if whole is Intent.NO:
            return Heard(language, False, (Act(whole),), (_whole(plain, whole),))
        options = tuple(range(1, len(asked.options) + 1)) if whole is Intent.YES else apart.all_but()
    if not options and is_about_days(asked):
        options = days_picked(reading, asked)
    if not options and asked.about == "consent":
        fewer = apart.rest_but(children_of(reading, asked.child))
        if fewer is not None:
            return Heard(language, False, (fewer,), (_whole(plain, fewer.intent),))
        options = answers.options_told(tokens, reading.tags, asked.options, language)
    if not options:
        return None
    why = Reason(reading.words(0, len(tokens)), f"options: {options}")
    return Heard(language, False, (Act(Intent.YES),), (why,), options)


def _answer(
    reading: Reading, plain: Sequence[Token], children: Sequence[KnownChild], asked: About | None
) -> Heard | None:
    """A yes, a no or thanks, the child that was asked for, or what a question of its kind is answered with."""
    language = reading.language
    answer = answers.answer_in(reading.tokens, reading.tags, language)
    if answer is not None and not _asks(reading):
        if answer is Intent.YES and asked is None:
            answer = Intent.ACK
        return Heard(language, False, (Act(answer),), (_whole(plain, answer),))
    if asked is None:
        return None
    if asked.about == "which_child" and (picked := replies.picked(reading, children)) is not None:
        return replace(picked, options=replies.options_of(picked.acts[0].children, children, asked))
    if asked.about == "care_time" and replies.is_same_again(reading):
        return Heard(language, False, (Act(Intent.YES),), (_whole(plain, Intent.YES),))
    return replies.led(reading, asked) if asked.about in {"confirm", "consent"} else None


def _answers_general_consent(reached: tuple[str, str], asked: About | None) -> bool:
    """Whether "yes to texts" answers the question whether the school may write at all, and ends no reservation."""
    general = asked is not None and asked.about == "consent" and asked.topic == _GENERAL_CONSENT
    return general and reached[0] == answers.AS_USUAL


def _asks(reading: Reading) -> bool:
    return any(token.text == "?" for token in reading.tokens)


def _whole(tokens: Sequence[Token], intent: Intent) -> Reason:
    return Reason(" ".join(token.text for token in tokens), f"intent: {intent}")
