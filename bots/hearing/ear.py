"""The pure listener: from what was said, the children it may be about and what was asked, to what it means.

It holds no state between messages and reads nothing but its arguments. In doubt it leaves open, or hands on as a message.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from bots.hearing import purposes, replies
from bots.hearing.accounting import with_all_accounted_for
from bots.hearing.acts import ActBuilder
from bots.hearing.at_door import find_denied
from bots.hearing.beside import find_if_away
from bots.hearing.bookings import booking_acts, needs_none
from bots.hearing.calling import with_call
from bots.hearing.classes import with_classes_named
from bots.hearing.clauses import clauses
from bots.hearing.conditions import with_conditions_told
from bots.hearing.consents import consent_acts, requests_beside
from bots.hearing.copying import copied, week_to_differ, with_differing, with_rest_copied
from bots.hearing.dates import DayReader
from bots.hearing.days_picked import of_days_asked
from bots.hearing.denying import with_denied_heeded
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
from bots.hearing.setting_apart import numbers_beside
from bots.hearing.signature import signature_start
from bots.hearing.sources import languages
from bots.hearing.spelling import find_own
from bots.hearing.streets import find_streets, outside, with_streets, without_streets
from bots.hearing.stretches import covered
from bots.hearing.supposed import with_supposed
from bots.hearing.times import TimeReader
from bots.hearing.tokens import Token, Tokenizer, tidy
from bots.hearing.unread import with_unread_heeded
from bots.hearing.unwanted import with_called_off
from bots.hearing.vocabulary import Tag, vocabulary
from bots.hearing.whole import whole_message
from hub.talk.heard import TELLS_DAYS, About, Act, Heard, Intent, KnownChild, Reason, Said

NAME = "hearing/1"
_FALLBACK = "en"


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
        heard = with_denied_heeded(with_governed_heeded(heard, reading, asked), reading)
        heard = with_all_accounted_for(heard, reading, asked)
        if asked is not None and asked.week is not None and _is_of_another_matter(heard):
            return self._hear(said, children, replace(asked, week=None))  # its Monday is the next one, not that week's
        if asked is not None and asked.topic == "leave":
            heard = replies.as_leave(heard)
        heard = replies.without_denied(of_days_asked(heard, reading, asked), reading, asked)
        if asked is not None and asked.about == "which_choice":
            heard = replies.with_choice(heard, reading, asked)
        own = asked is not None and asked.about == "own_words" and replies.is_in_own_words(heard)
        if own:
            heard = replace(heard, acts=(Act(Intent.MESSAGE),))
        heard = with_supposed(with_fetcher_told(heard, reading, asked), reading, asked)
        heard = with_call(heard, reading, asked)
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
        short = whole_message(reading, children, asked)
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
            picked = numbers_beside(reading, asked)
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


def week_asked(asked: About | None) -> date | None:
    """The Monday of the ISO week ("2026-W49") that the question was about."""
    if asked is None or asked.about != "care_time" or not asked.week:
        return None
    year, _, number = asked.week.partition("-W")
    try:
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        return None


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


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))
