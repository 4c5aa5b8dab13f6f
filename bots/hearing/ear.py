"""The pure listener: from what was said, the children it may be about and what was asked, to what it means.

It holds no state between messages and reads nothing but its arguments. In doubt it leaves open, or hands on as a message.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from bots.hearing import answers, purposes, replies
from bots.hearing.accounting import with_all_accounted_for
from bots.hearing.acts import ActBuilder
from bots.hearing.at_door import find_denied
from bots.hearing.beside import find_if_away
from bots.hearing.bookings import booking_acts, needs_none
from bots.hearing.classes import with_classes_named
from bots.hearing.clauses import clauses
from bots.hearing.conditions import with_conditions_told
from bots.hearing.consents import consent_acts, requests_beside
from bots.hearing.contacts import language_alone
from bots.hearing.copying import copied, week_to_differ, with_differing, with_rest_copied
from bots.hearing.dates import DayReader
from bots.hearing.days_picked import days_picked, is_about_days
from bots.hearing.endings import with_endings
from bots.hearing.explaining import missing_reasons
from bots.hearing.figures import DateReader
from bots.hearing.foreign import foreign_languages
from bots.hearing.governing import with_governed_heeded
from bots.hearing.language import language_of, spoken_at
from bots.hearing.lately import with_lately
from bots.hearing.marked import MarkedText
from bots.hearing.mending import mended
from bots.hearing.mistaken import with_mistake_marked
from bots.hearing.names import Mention, NameFinder
from bots.hearing.open_fetchers import with_fetcher_open, with_fetcher_told
from bots.hearing.passing import with_passed, without_gone_by
from bots.hearing.phrasal import with_parted_verbs
from bots.hearing.reading import Reading
from bots.hearing.sensitive import read_health_files, sensitive_words
from bots.hearing.setting_apart import SettingApart, children_of
from bots.hearing.signature import signature_start
from bots.hearing.sources import languages
from bots.hearing.spelling import find_own
from bots.hearing.streets import find_streets, outside, with_streets, without_streets
from bots.hearing.stretches import covered
from bots.hearing.times import TimeReader
from bots.hearing.tokens import Token, Tokenizer, tidy
from bots.hearing.unread import with_unread_heeded
from bots.hearing.unwanted import with_called_off
from bots.hearing.vocabulary import Tag, vocabulary
from hub.talk.heard import TELLS_DAYS, About, Act, Heard, Intent, KnownChild, Reason, Said

NAME = "hearing/1"
_FALLBACK = "en"
_GENERAL_CONSENT = "electronic"
_SEVERAL = frozenset({"consent", "which_child", "which_days"})
"""Questions to which several choices may be the answer."""


class Ear:
    """Hears one message at a time."""

    def __init__(self) -> None:
        self.tokenizer = Tokenizer()
        for code in languages():
            vocabulary(code)
        read_health_files()

    def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        named = with_classes_named(said, children, asked)
        heard = named.as_written(self._hear(named.said, children, asked))
        return with_lately(heard, said.text, children, asked)

    def _hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        text = tidy(said.text)
        tokens = self.tokenizer.tokens(text)
        finder = NameFinder(children)
        language, tags = self._language(
            tokens, finder, said, find_own(tokens, children) | covered(find_streets(tokens))
        )
        words = vocabulary(language if language in languages() else _FALLBACK)
        end = signature_start(tokens, tags)
        mentions = finder.mentions(tokens, tags, words, inflects=language == "und")
        named = {
            at for mention in mentions if mention.keys and not mention.group for at in range(mention.start, mention.end)
        }
        private = _unnamed(sensitive_words(tokens, tags, language), named)
        tags = _without_symptoms_over(_unnamed(tags, named))
        reading = self._read(
            tokens[:end], [tag for tag in tags if tag.end <= end], mentions, end, said.received_at, asked, language
        )
        signed = tuple(mention for mention in mentions if mention.start >= end or mention.related)
        heard = self._heard(reading, signed, text, said.received_at, children, asked)
        heard = replace(heard, acts=tuple(without_gone_by(heard.acts, said.received_at)))
        heard = with_fetcher_open(heard, reading, asked, said.received_at)
        heard = with_unread_heeded(heard, reading, asked, week_asked(asked))
        heard = with_all_accounted_for(with_governed_heeded(heard, reading, asked), reading, asked)
        if asked is not None and asked.week is not None and _is_of_another_matter(heard):
            return self._hear(said, children, replace(asked, week=None))  # its Monday is the next one, not that week's
        if asked is not None and asked.topic == "leave":
            heard = replies.as_leave(heard)
        if asked is not None and asked.about == "which_choice":
            heard = replies.with_choice(heard, reading, asked)
        own = asked is not None and asked.about == "own_words" and replies.is_in_own_words(heard)
        if own:
            heard = replace(heard, acts=(Act(Intent.MESSAGE),))
        heard = with_fetcher_told(heard, reading, asked)
        purpose = purposes.answered(heard, reading, asked)
        heard, own = (heard, own) if purpose is None else (purpose, True)
        heard = with_called_off(purposes.with_purpose(heard, reading), reading, asked)
        reasons = (
            *heard.reasons,
            *missing_reasons(heard.acts, heard.reasons, tokens),
            *(Reason(reading_words(tokens, tag), "sensitive") for tag in private),
        )
        denies = find_denied(heard, reading, children, asked, said.received_at.date())
        heard = replace(heard, sensitive=own or bool(private), reasons=_once(reasons), listener=NAME, denies=denies)
        return with_mistake_marked(replace(heard, if_away=find_if_away(heard, reading, asked)), tokens)

    def _language(
        self, tokens: Sequence[Token], finder: NameFinder, said: Said, own: Collection[int]
    ) -> tuple[str, list[Tag]]:
        """By the words that are no name: `own` are those that are the children's, which may be words of any language."""
        hint, spoken = said.language_hint, spoken_at(said.received_at)
        language = language_of(tokens, own, hint, spoken)
        words = vocabulary(language if language in languages() else _FALLBACK)
        tags = with_endings(words.tags(tokens), tokens, words)
        named = {
            at
            for mention in finder.mentions(tokens, tags, words)
            if mention.keys and not mention.group
            for at in range(mention.start, mention.end)
        }
        surer = language_of(tokens, named.union(own), hint, spoken)
        if surer != language and surer in languages():
            words = vocabulary(surer)
            return surer, with_endings(words.tags(tokens), tokens, words)
        return surer, tags

    @staticmethod
    def _read(
        tokens: tuple[Token, ...],
        tags: list[Tag],
        mentions: Sequence[Mention],
        end: int,
        received: datetime,
        asked: About | None,
        language: str,
    ) -> Reading:
        named = tuple(mention for mention in mentions if mention.end <= end)
        streets = find_streets(tokens, named)
        named = tuple(without_streets(named, streets))
        tags = with_parted_verbs(tokens, with_streets(tags, streets), named)
        marked = MarkedText(tokens, tags)
        dates = DateReader(marked, received.date())
        dates.read()
        dates.used.update(covered(streets))
        clocks, spans = TimeReader(marked, dates.used).read()
        told = tuple(outside(DayReader(marked, dates, received, week_asked(asked)).read(), streets))
        placed = {at for mention in told for at in range(mention.start, mention.end)}
        times = tuple(clock for clock in clocks if clock.sure or clock.start not in placed)
        reading = mended(Reading(tokens, tuple(tags), named, told, times, tuple(spans), language))
        return with_passed(with_conditions_told(reading), received)

    def _heard(
        self,
        reading: Reading,
        signed: Sequence[Mention],
        text: str,
        received: datetime,
        children: Sequence[KnownChild],
        asked: About | None,
    ) -> Heard:
        short = self._whole_message(reading, children, asked)
        if short is not None:
            return short
        keys = tuple(child.key for child in children)
        if reading.language in foreign_languages():
            acts, reasons = ActBuilder(reading, signed, keys, asked, received).acts((), text)
            return Heard(reading.language, False, tuple(acts), tuple(reasons))
        consents, reasons = consent_acts(
            reading,
            keys,
            asked.topic if asked and asked.about == "consent" else None,
            asked.child if asked and asked.about == "consent" else None,
        )
        told_topic = any(tag.name == "topic" for tag in reading.tags)
        if consents and not told_topic and asked is not None:
            if replies.is_open(reading) or replies.speaks_of_others(reading, asked):
                return Heard(reading.language, False, (Act(Intent.MESSAGE, (asked.child,) if asked.child else ()),))
            granted = {word.granted for act in consents for word in act.consents}
            return Heard(
                reading.language, False, (Act(Intent.YES if granted == {True} else Intent.NO),), tuple(reasons)
            )
        if consents:
            several = asked is not None and asked.about == "consent" and asked.options
            picked = SettingApart(reading, len(asked.options)).numbers_beside() if asked and several else ()
            if picked is None:
                return Heard(reading.language, False, (Act(Intent.MESSAGE, consents[0].children),))
            beside = [Act(Intent.MESSAGE, consents[0].children)] if requests_beside(reading) else []
            return Heard(reading.language, False, (*consents, *beside), tuple(reasons), picked)
        week, today = week_asked(asked), received.date()
        likes, reasons = copied(reading, keys, week, today)
        if likes:
            return Heard(reading.language, False, tuple(likes), tuple(reasons))
        differs = week_to_differ(reading, today) if week is None else None
        bookings, reasons = booking_acts(reading, keys, week or differs, received)
        if bookings:
            if differs is not None:
                wished = with_differing(reading, bookings, differs, today)
            else:
                wished = with_rest_copied(reading, bookings, week, today)
            return Heard(reading.language, False, tuple(wished), tuple(reasons))
        builder = ActBuilder(reading, signed, keys, asked, received)
        acts, reasons = builder.acts(clauses(reading), text)
        undated = week is not None and (reading.spans or needs_none(reading) or not reading.days)
        if len(reading.spans) > 1 or undated:
            acts = [act for act in acts if act.intent is not Intent.ABSENCE] or [
                Act(Intent.MESSAGE, keys[:1] if len(keys) == 1 else ())
            ]
        if asked is not None and all(act.intent is Intent.MESSAGE for act in acts):
            return replies.opened_with_no(reading, asked) or Heard(reading.language, False, tuple(acts), tuple(reasons))
        return Heard(reading.language, False, tuple(acts), tuple(reasons))

    def _whole_message(self, reading: Reading, children: Sequence[KnownChild], asked: About | None) -> Heard | None:
        tokens, language = reading.tokens, reading.language
        plain = answers.bare(tokens, reading.tags)
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
        sign = answers.sign_in(tokens)
        if sign is not None:
            if sign is not Intent.ACK and asked is None:
                sign = Intent.ACK
            return Heard(
                language, False, (Act(sign),), (Reason("".join(token.text for token in tokens), f"intent: {sign}"),)
            )
        options = answers.options_in(tokens, reading.tags, asked.options) if asked is not None else ()
        if asked is not None and asked.about == "which_choice" and not any(token.text == "?" for token in tokens):
            options = options or answers.option_typed(plain, asked.options)
        if options:
            return Heard(
                language,
                False,
                (Act(Intent.YES),),
                (Reason(reading.words(0, len(tokens)), f"options: {options}"),),
                options,
            )
        if asked is not None and asked.options and asked.about in _SEVERAL:
            kept = SettingApart(reading, len(asked.options)).all_but()
            kept = kept or (days_picked(reading, asked) if is_about_days(asked) else ())
            if kept:
                why = Reason(reading.words(0, len(tokens)), f"options: {kept}")
                return Heard(language, False, (Act(Intent.YES),), (why,), kept)
        if asked is not None and asked.about == "consent" and asked.options:
            fewer = SettingApart(reading, len(asked.options)).rest_but(children_of(reading, asked.child))
            if fewer is not None:
                return Heard(language, False, (fewer,), (_whole(plain, fewer.intent),))
            told = answers.options_told(tokens, reading.tags, asked.options, language)
            if told:
                why = Reason(reading.words(0, len(tokens)), f"options: {told}")
                return Heard(language, False, (Act(Intent.YES),), (why,), told)
        answer = answers.answer_in(tokens, reading.tags, language)
        if answer is not None and not any(token.text == "?" for token in tokens):
            if answer is Intent.YES and asked is None:
                answer = Intent.ACK
            return Heard(language, False, (Act(answer),), (_whole(plain, answer),))
        if (
            asked is not None
            and asked.about == "which_child"
            and (picked := replies.picked(reading, children)) is not None
        ):
            return replace(picked, options=replies.options_of(picked.acts[0].children, children, asked))
        if asked is not None and asked.about == "care_time" and replies.is_same_again(reading):
            return Heard(language, False, (Act(Intent.YES),), (_whole(plain, Intent.YES),))
        if asked is not None and asked.about in {"confirm", "consent"}:
            return replies.led(reading, asked)
        return None


def week_asked(asked: About | None) -> date | None:
    """The Monday of the ISO week ("2026-W49") that the question was about."""
    if asked is None or asked.about != "care_time" or not asked.week:
        return None
    year, _, number = asked.week.partition("-W")
    try:
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        return None


def _answers_general_consent(reached: tuple[str, str], asked: About | None) -> bool:
    """Whether "yes to texts" answers the question whether the school may write at all, and ends no reservation."""
    general = asked is not None and asked.about == "consent" and asked.topic == _GENERAL_CONSENT
    return general and reached[0] == answers.AS_USUAL


def _is_of_another_matter(heard: Heard) -> bool:
    """Whether it tells of days, and of no times of care."""
    intents = {act.intent for act in heard.acts}
    return bool(intents & TELLS_DAYS) and Intent.CARE_TIME not in intents


def _unnamed(tags: Sequence[Tag], named: Collection[int]) -> list[Tag]:
    """The tags that are not the name of a child."""
    return [tag for tag in tags if not all(at in named for at in range(tag.start, tag.end))]


def _without_symptoms_over(tags: Sequence[Tag]) -> list[Tag]:
    """The tags without a symptom where the very word says that it is over, or is a medicine: "feberfri", "hostesaft"."""
    over = {(tag.start, tag.end) for tag in tags if tag.name in {"well", "fine"}}
    cures = covered([tag for tag in tags if tag.name == "medicine"])
    return [tag for tag in tags if tag.name != "symptom" or not ((tag.start, tag.end) in over or tag.start in cures)]


def reading_words(tokens: Sequence[Token], tag: Tag) -> str:
    return " ".join(token.text for token in tokens[tag.start : tag.end])


def _whole(tokens: Sequence[Token], intent: Intent) -> Reason:
    return Reason(" ".join(token.text for token in tokens), f"intent: {intent}")


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))
