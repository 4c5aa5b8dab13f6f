"""Every message can tell its own story, in the language of whoever reads it."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.language import WRITTEN
from hub.people.places import Owner, Unit
from hub.post.channel import Report
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Author, Message
from hub.post.reports import keep_reports
from hub.safety.access import Reach
from hub.talk.cast import read_cast
from hub.talk.heard import Intent
from hub.talk.rehearsal import Rehearsal
from hub.talk.story import OWN_REASONS, tell
from hub.words import Words
from tests.transcript import load_bots, the_ear

ROOT = Path(__file__).parent.parent.parent.parent
HANDING_OVER = {"hand_over", "wait_for_person"}
TEST = operator_asker("test")
MONDAY = "Monday 3 March 2025, 07:12. Children: Ella, Otso. Others: Far."


def everywhere(look: Look) -> Reach:
    """Somebody who serves every unit there is."""
    owner_id = look.session.scalars(sa.select(Owner.id)).one()
    units = frozenset(look.session.scalars(sa.select(Unit.id)))
    return Reach("", owner_id, units, frozenset(), units, frozenset(), frozenset())


def stories(look: Look, language: str, author: Author) -> list[list[str]]:
    messages = look.session.scalars(sa.select(Message).where(Message.author == author).order_by(Message.id))
    return [[told.text for told in tell(look, everywhere(look), message, Words(language))] for message in messages]


def hand_over(work: Work, then: list[str]) -> None:
    """The provider, which has taken everything, reports these."""
    for delivery in work.session.scalars(sa.select(Delivery)):
        provider_id = delivery.provider_id
        assert provider_id is not None
        keep_reports(
            work,
            [
                Report(delivery.channel, f"{delivery.id}:{at}", provider_id, status, delivery.id)
                for at, status in enumerate(then)
            ],
        )


async def rehearse(desk: Desk, clock: StoppedClock, *said: str) -> None:
    rehearsal = Rehearsal(desk, clock, the_ear(), load_bots(), read_cast(MONDAY, "nb"))
    await rehearsal.open()
    for text in said:
        await rehearsal.hear("", text)


@pytest.mark.capability("N-21")
async def test_a_message_tells_how_it_came_and_what_it_was_taken_to_mean(desk: Desk, clock: StoppedClock) -> None:
    await rehearse(desk, clock, "Ella er syk i dag")

    told = await desk.look(TEST, stories, "en", Author.GUARDIAN)

    assert told == [
        [
            "Arrived at +47 40 00 00 90 (1A).",
            "The phone is known: Mor Lind.",
            "Taken to mean absence: Ella Lind, today, Monday 3 March.",
            'That rests on the words "Ella" (Ella Lind), "i dag" (the day) and "syk" (absence).',
            "Answered automatically (absence).",
        ]
    ]


async def test_a_message_that_waits_for_staff_tells_why(desk: Desk, clock: StoppedClock) -> None:
    await rehearse(desk, clock, "Sara er syk i dag", "Hva skal vi ha med i morgen?")

    first, second = await desk.look(TEST, stories, "nb", Author.GUARDIAN)

    assert first[-1] == "Gjelder fravær, og kunne ikke ordnes automatisk. De ansatte leser meldingen."
    assert second[-1] == "Ikke noe som ordnes automatisk. De ansatte leser meldingen."


async def test_an_answer_tells_what_became_of_it_at_the_provider(desk: Desk, clock: StoppedClock) -> None:
    await rehearse(desk, clock, "Ella er syk i dag")
    await desk.work(TEST, hand_over, ["sent", "delivered"])

    answer, echo = await desk.look(TEST, stories, "en", Author.BOT)

    assert echo[:2] == [
        "Written by Budbok (absence to another guardian).",
        "Sent because another guardian told us something about Ella Lind.",
    ]
    assert answer == [
        "Written by Budbok (reception).",
        "The provider reported: sent.",
        "The provider reported: arrived.",
        "To Mor Lind (•••10): arrived.",
    ]


@pytest.mark.parametrize("language", WRITTEN)
async def test_a_story_can_be_told_in_every_language(desk: Desk, clock: StoppedClock, language: str) -> None:
    await rehearse(desk, clock, "hun er syk i dag", "1", "ANGRE", "Kan du ringe meg?")
    await desk.work(TEST, hand_over, ["delivered"])

    told = [
        *(await desk.look(TEST, stories, language, Author.GUARDIAN)),
        *(await desk.look(TEST, stories, language, Author.BOT)),
    ]

    assert len(told) > 2
    assert all(len(story) > 1 for story in told)


def text_of(node: ast.AST) -> list[str]:
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def codes_in(file: Path) -> set[str]:
    """Why a thread is handed to staff, as far as code names it: the text arguments of the calls that do it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "hand_over":
            found |= {text for leaf in ast.walk(node.value) for text in text_of(leaf)}
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in HANDING_OVER:
            found |= {text for arg in node.args for text in text_of(arg)}
    return found


@pytest.mark.parametrize("language", WRITTEN)
def test_every_code_has_words(language: str) -> None:
    words = Words(language)
    files = [file for folder in ("hub/talk", "hub/post", "bots") for file in (ROOT / folder).rglob("*.py")]
    codes = {code for file in files for code in codes_in(file)} | {"message", "not_answered", "no_change_meant"}
    codes |= {"should_be_here", "here_but_away", "leave_disputed", "care_time_locked", "care_time_beyond"}

    said = [words.say("story.to_staff", why=code) for code in sorted(codes)]
    said += [words.say("story.to_staff_intent", intent=intent.value) for intent in Intent]
    said += [words.say("story.to_check", why=why) for why in ("fetching_today", "fetching_later")]
    said += [words.say("story.report", status=status.value) for status in Status]
    said += [words.say("story.reason", code=code) for code in sorted(OWN_REASONS)]
    said += [
        words.say("story.mark", code=mark)
        for mark in ("repeated", "found", "crashed", "unknown", "contradicted", "second")
    ]
    said += [words.say("story.written_by_bot", bot=bot) for bot in [*load_bots(), "reception"]]

    assert len(codes) > 10
    assert all(said)
