"""What the form says in which one writes to many: to whom, the words in each language, and a phrase of the book to put in."""

from typing import Annotated, Literal

from pydantic import Field

from admin_web.parameters import Day, PublicId, WallClock
from admin_web.staff.enclosing import EnclosedAsked
from hub.costly_letters import make_plain
from hub.language import FIXED, WRITTEN
from hub.post.broadcasts import Reply, Written
from hub.post.kept_texts import KeptText
from hub.post.narrowing import Consented, Narrowing, Today
from hub.post.placeholders import LONGEST_PLACE, Given
from hub.talk.broadcasting import YES_OR_NO
from hub.talk.phrases import PHRASES, Slots, SlotsMissingError, say_phrase

LANGUAGES = (*WRITTEN, *FIXED)
LONGEST_TYPED = 4000
Typed = Annotated[str, Field(max_length=LONGEST_TYPED)]


class ComposeAsked(EnclosedAsked):
    """To whom: one of an owner's all, a unit's all, some groups, or some children; and what is to be said."""

    unit: PublicId | None = None
    everyone: Literal["", "unit", "owner"] = ""
    groups: tuple[PublicId, ...] = ()
    children: tuple[PublicId, ...] = ()
    corrects: PublicId | None = None
    today: tuple[Today, ...] = ()
    born: tuple[int, ...] = ()
    reads: tuple[Annotated[str, Field(max_length=8)], ...] = ()
    kind: PublicId | None = None
    consented: Consented | None = None
    unanswered: PublicId | None = None
    no_app: Literal["", "yes"] = ""
    language: Literal["", "nb", "nn", "sv", "fi", "en", "da", "se"] = ""
    text_nb: Typed = ""
    text_nn: Typed = ""
    text_sv: Typed = ""
    text_fi: Typed = ""
    text_en: Typed = ""
    text_da: Typed = ""
    text_se: Typed = ""
    given_day: Day | None = None
    given_at: WallClock | None = None
    given_place: Annotated[str, Field(max_length=LONGEST_TYPED)] = ""
    reply: Literal["bulletin", "words", "yes_no", "choices"] = "bulletin"
    choices: Annotated[str, Field(max_length=400)] = ""
    leaves_day: Day | None = None
    leaves_at: WallClock | None = None
    readers: Annotated[str, Field(max_length=64)] = ""
    meant: str = ""
    tone: str = ""
    plain: str = ""
    put: Literal["", "phrase", "own"] = ""
    own: PublicId | None = None
    text_name: Annotated[str, Field(max_length=200)] = ""
    phrase: Annotated[str, Field(max_length=20)] = ""
    phrase_day: Day | None = None
    phrase_at: WallClock | None = None
    phrase_starts: WallClock | None = None
    phrase_ends: WallClock | None = None
    phrase_place: Annotated[str, Field(max_length=LONGEST_PLACE)] = ""

    @property
    def texts(self) -> dict[str, str]:
        """What was typed, by language, with the line ends that phones use; with plain signs where they are asked for."""
        typed = {language: getattr(self, f"text_{language}") for language in LANGUAGES}
        texts = {language: text.replace("\r\n", "\n").strip() for language, text in typed.items() if text.strip()}
        return {language: make_plain(text) for language, text in texts.items()} if self.plain else texts

    @property
    def given(self) -> Given:
        return Given(self.given_day, self.given_at, self.given_place)

    @property
    def narrowing(self) -> Narrowing:
        """A kind of consent counts only with what is to hold of it."""
        return Narrowing(
            today=self.today,
            born=self.born,
            languages=self.reads,
            kind_id=self.kind if self.consented else None,
            consented=self.consented or None if self.kind else None,
            unanswered_id=self.unanswered,
            no_app=bool(self.no_app),
        )

    def written(self, language: str) -> Written:
        own = tuple(line.strip() for line in self.choices.splitlines() if line.strip())
        reply = {"bulletin": Reply.BULLETIN, "words": Reply.WORDS}.get(self.reply, Reply.CHOICES)
        return Written(self.texts, language, reply, YES_OR_NO if self.reply == "yes_no" else own, self.given)


def put_own(asked: ComposeAsked, kept: KeptText) -> ComposeAsked:
    """With a text that is kept, and what may come back to it, for what was typed."""
    texts = {f"text_{language}": kept.texts.get(language, "") for language in LANGUAGES}
    own = Reply(kept.reply) is Reply.CHOICES and tuple(kept.choices) != YES_OR_NO
    reply = "choices" if own else "yes_no" if kept.reply == Reply.CHOICES else kept.reply
    answers = "\n".join(kept.choices) if own else ""
    more = {"own": None, "language": kept.language, "reply": reply, "choices": answers}
    return asked.model_copy(update={**texts, **more})


def put_phrase(asked: ComposeAsked, school: str) -> ComposeAsked:
    """With a phrase of the book in every language, for what was typed. Raises: SlotsMissingError."""
    if asked.phrase not in PHRASES:
        raise SlotsMissingError
    slots = Slots(asked.phrase_day, asked.phrase_at, asked.phrase_starts, asked.phrase_ends, asked.phrase_place)
    texts = say_phrase(asked.phrase, slots, school)
    return asked.model_copy(update={f"text_{language}": text for language, text in texts.items()})
