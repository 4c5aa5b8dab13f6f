"""Words stand in the book of the child they are about: an answer where its question was about one of the children alone."""

from collections import defaultdict

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Desk, Look
from hub.people.families import Child
from hub.post.messages import Message, MessageChild
from tests.hub.post.outboxes import TEST
from tests.transcript import Transcript, perform

HEAD = "Monday 3 March 2025, 07:12. Children: Ella, Otso. Others: Far."
BOTH = {"Ella", "Otso"}


def list_books(look: Look) -> list[tuple[str, set[str]]]:
    """Each message in its order, and in whose books it is."""
    rows = look.session.execute(
        sa.select(Message.id, Message.text, Child.first_name)
        .join(MessageChild, MessageChild.message_id == Message.id)
        .join(Child, Child.id == MessageChild.child_id)
        .order_by(Message.id)
    ).all()
    books: dict[tuple[str, str], set[str]] = defaultdict(set)
    for id_, text, name in rows:
        books[id_, text].add(name)
    return [(text, names) for (_, text), names in books.items()]


async def play(desk: Desk, clock: StoppedClock, *lines: str) -> list[tuple[str, set[str]]]:
    await perform(Transcript("nb", HEAD, lines), desk, clock)
    return await desk.look(TEST, list_books)


@pytest.mark.one_store
async def test_leave_of_one_child_stands_in_no_book_of_the_sibling(desk: Desk, clock: StoppedClock) -> None:
    books = await play(
        desk,
        clock,
        "> Vi søker om permisjon for Ella 24. mars",
        "> 1",
        "> ja",
        "Far> JA",
        "Far> nei",
        "Far> angre",
    )

    assert [text for text, names in books if names != {"Ella"}] == []
    assert {"1", "ja", "JA", "nei", "angre"} <= {text for text, _ in books}


@pytest.mark.one_store
async def test_what_may_be_about_either_child_stands_in_both_books(desk: Desk, clock: StoppedClock) -> None:
    books = await play(
        desk,
        clock,
        "> hun er syk i dag og han kommer kl 10",
        "> 1",
        "> 2",
        "> takk for i dag",
        "Far> Vi søker om permisjon for Ella 24. mars",
        "Far> hun skal besøke noen sammen med broren sin, er det greit?",
    )

    told = [(text, names) for text, names in books if len(text) < 60 and not text.startswith("Notert")]
    assert told == [
        ("hun er syk i dag og han kommer kl 10", BOTH),
        ("1", {"Ella"}),
        ("2", {"Otso"}),
        ("takk for i dag", BOTH),
        ("Vi søker om permisjon for Ella 24. mars", {"Ella"}),
        ("hun skal besøke noen sammen med broren sin, er det greit?", BOTH),
    ]
