"""What lies in the app is read once its page was opened by exactly those it went to, and where its words were shown."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.address import APP, SMS
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.family import Family, find_family
from hub.post.family_book import read_family_book
from hub.post.family_reads import note_read
from hub.post.messages import Author, ThreadKind, get_or_open_thread
from hub.post.posting import Post, post
from hub.post.reach_plans import Sign
from hub.post.signs import has_sign
from tests.hub.post.spoken import TEST
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"


def answer(
    work: Work,
    village: Village,
    *,
    kind: str = APP,
    to: Sequence[str] = (ANNE,),
    status: Status = Status.DELIVERED,
    sensitive: bool = False,
) -> str:
    """The hub has answered Anne, at an address that `to` have in common; the id of its message."""
    anne = village.guardian(ANNE)
    value = f"{APP}:{','.join(sorted(village.guardian(name).id for name in to))}" if kind == APP else "+4740000977"
    address = GuardianAddress(
        id=work.new_id(),
        owner_id=anne.owner_id,
        guardian_id=anne.id,
        kind=kind,
        value=value,
        confirmed_at=work.now,
    )
    work.session.add(address)
    thread = get_or_open_thread(work, anne.owner_id, village.unit("school").id, [anne.id], ThreadKind.PRIVATE)
    message = post(
        work,
        thread,
        Post(
            text="Notert.",
            language="nb",
            author=Author.BOT,
            author_id="absence",
            child_ids=[village.child(KARI).id],
            number=village.number("contact teacher 7A"),
            to=[address],
            sensitive=sensitive,
        ),
    )
    work.session.flush()
    work.session.execute(
        sa.update(Delivery).where(Delivery.message_id == message.id).values(status=status, rank=RANK[status])
    )
    return message.id


def family_of(look: Look, village: Village) -> Family:
    anne = village.guardian(ANNE)
    family = find_family(look, anne.owner_id, [anne.id])
    assert family is not None
    return family


def open_book(work: Work, village: Village) -> None:
    """As the page does it."""
    family = family_of(work, village)
    entries = read_family_book(work, family, village.child(KARI).id).entries
    note_read(work, family, [entry.id for entry in entries if entry.is_unread])


def status_of(look: Look, message_id: str) -> str:
    return look.session.scalars(sa.select(Delivery.status).where(Delivery.message_id == message_id)).one()


async def test_what_lies_in_the_app_is_read_when_the_book_is_opened_and_is_then_a_sign(
    village: Village, clock: StoppedClock
) -> None:
    anne = village.guardian(ANNE).id
    message_id = await village.desk.work(TEST, answer, village)
    before = await village.desk.look(TEST, has_sign, message_id, anne, Sign.READ)
    clock.move(timedelta(minutes=1))

    await village.desk.work(TEST, open_book, village)

    assert not before
    assert await village.desk.look(TEST, status_of, message_id) == Status.READ
    assert await village.desk.look(TEST, has_sign, message_id, anne, Sign.READ)


@pytest.mark.parametrize("status", [Status.WAITING, Status.CLAIMED, Status.DROPPED])
async def test_what_has_not_arrived_in_the_app_stays_as_it_is(village: Village, status: Status) -> None:
    message_id = await village.desk.work(TEST, lambda work: answer(work, village, status=status))

    await village.desk.work(TEST, open_book, village)
    await village.desk.work(TEST, lambda work: note_read(work, family_of(work, village), [message_id]))

    assert await village.desk.look(TEST, status_of, message_id) == status


async def test_what_a_phone_got_and_what_others_have_in_common_is_not_read_in_her_app(village: Village) -> None:
    text = await village.desk.work(TEST, lambda work: answer(work, village, kind=SMS))
    theirs = await village.desk.work(TEST, lambda work: answer(work, village, to=(ANNE, OLA)))

    await village.desk.work(TEST, open_book, village)
    await village.desk.work(TEST, lambda work: note_read(work, family_of(work, village), [text, theirs]))

    assert await village.desk.look(TEST, status_of, text) == Status.DELIVERED
    assert await village.desk.look(TEST, status_of, theirs) == Status.DELIVERED


async def test_what_only_a_strong_sign_in_shows_is_not_read_behind_a_code(village: Village) -> None:
    message_id = await village.desk.work(TEST, lambda work: answer(work, village, sensitive=True))

    await village.desk.work(TEST, open_book, village)

    assert await village.desk.look(TEST, status_of, message_id) == Status.DELIVERED
