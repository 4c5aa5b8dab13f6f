"""What goes on by a further way has the readers it had: nobody reads along there who does not read where it began, nothing
that was taken back goes on, and lying in the app is no sign that somebody has seen it.

Source: security rules S1.5, S3.4, S4.3, S5.1 and S5.2.
"""

from collections.abc import AsyncIterator, Mapping

import pytest
import sqlalchemy as sa

from hub.address import APP, CHAT, MAIL, SMS
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress
from hub.post.book import gather_entries
from hub.post.chats import Says, keep_roads
from hub.post.covers import make_cover
from hub.post.deliveries import Delivery, Status
from hub.post.families import list_known
from hub.post.messages import Author, Lane, Message, ThreadKind, get_or_open_thread, keep_message
from hub.post.posting import Post, post, undo
from hub.post.reach_plans import set_plan
from hub.post.reach_wishes import Reserved, choose, reserve
from hub.post.reading import get_reader
from hub.post.recipients import Way, find_recipients
from hub.post.running_kinds import keep_kinds
from hub.post.signs import NEXT_WAY
from hub.post.topics import Topic
from hub.post.unreached import list_phones_of
from hub.post.ways import find_way
from hub.talk.story import tell
from hub.words import Words
from tests.blocks import block
from tests.hub.post.outboxes import TEST, PretendChannel, posting_in
from tests.hub.post.test_reach import ANNE, PLAN, Reaching, add_mail
from tests.hub.talk.test_chat_linking import PretendRoad
from tests.village import Village

OLA, LENE = "Ola Nordmann", "Lene Berg"
HALF_AN_HOUR = 31 * 60


@pytest.fixture
async def reaching(village: Village, clock: StoppedClock) -> AsyncIterator[Reaching]:
    mail, app = PretendChannel(name="mail", kind=MAIL), PretendChannel(name=APP, kind=APP)
    await village.desk.work(TEST, add_mail, village)
    await village.desk.work(TEST, keep_kinds, {SMS, MAIL, APP})
    async with posting_in(village, clock, beside={"mail": mail, APP: app}) as posting:
        yield Reaching(posting, village, mail, clock)


def give(work: Work, village: Village, name: str, kind: str, value: str) -> None:
    guardian = village.guardian(name)
    work.session.add(
        GuardianAddress(
            id=work.new_id(),
            owner_id=guardian.owner_id,
            guardian_id=guardian.id,
            kind=kind,
            value=value,
            confirmed_at=work.now,
        )
    )


@pytest.mark.parametrize(("is_shared", "kinds"), [(True, [SMS]), (False, [SMS, MAIL])])
async def test_what_one_reads_on_her_phone_goes_on_to_no_mailbox_that_the_other_reads_too(
    reaching: Reaching, is_shared: bool, kinds: list[str]
) -> None:
    await reaching.do(set_plan, reaching.village.owner().id, PLAN, "test")
    value = "anne@example.org" if is_shared else "ola@example.org"
    await reaching.do(give, reaching.village, OLA, MAIL, value)
    letter = await reaching.write("Svaret på det du skrev.", Topic.LETTER)
    await reaching.until_ended(letter)

    reaching.posting.move(HALF_AN_HOUR)
    await reaching.climb()
    found = await reaching.until_ended(letter, len(kinds))

    assert [each.kind for each in found] == kinds
    assert [row.why for row in await reaching.to_call()] == (["no_sign"] if is_shared else [])


@pytest.mark.parametrize(("is_taken_back", "kinds"), [(True, [SMS]), (False, [SMS, MAIL])])
async def test_what_was_taken_back_goes_on_by_no_further_way(
    reaching: Reaching, is_taken_back: bool, kinds: list[str]
) -> None:
    await reaching.do(set_plan, reaching.village.owner().id, PLAN, "test")
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)
    await reaching.until_ended(letter)
    if is_taken_back:
        await reaching.do(take_back_the_rest, letter, reaching.village)

    reaching.posting.move(HALF_AN_HOUR)
    await reaching.climb()

    assert [each.kind for each in await reaching.of(letter) if each.guardian_id == reaching.anne.id] == kinds
    assert await reaching.to_call() == []


def take_back_the_rest(work: Work, message_id: str, village: Village) -> None:
    """It has left to one of its readers, and is still held for the other."""
    went = work.session.scalars(sa.select(Delivery).where(Delivery.message_id == message_id)).one()
    held = {c.name: getattr(went, c.name) for c in Delivery.__table__.columns}
    held |= {"id": work.new_id(), "guardian_id": village.guardian(OLA).id, "status": Status.WAITING, "rank": 0}
    work.session.add(Delivery(**held | {"address_id": None, "climbs_at": None}))
    work.session.flush()
    undo(work, work.session.get_one(Message, message_id))


@pytest.mark.parametrize(("status", "listed"), [(Status.DELIVERED, ["no_sign"]), (Status.READ, [])])
async def test_an_alarm_that_lies_in_the_app_of_somebody_whose_phone_is_gone_is_rung(
    reaching: Reaching, status: Status, listed: list[str]
) -> None:
    await reaching.do(leave_only_the_app, reaching.anne.id)
    await reaching.do(give, reaching.village, ANNE, APP, f"{APP}:{reaching.anne.id}")
    alarm = await reaching.write("Skolen er stengt. Hent nå.", lane=Lane.EMERGENCY)
    first = (await reaching.until_ended(alarm))[0]
    await reaching.report(first, status)

    reaching.posting.move(6 * 60)
    await reaching.climb()

    assert first.kind == APP
    assert [row.why for row in await reaching.to_call()] == listed


def leave_only_the_app(work: Work, guardian_id: str) -> None:
    own = sa.update(GuardianAddress).where(GuardianAddress.guardian_id == guardian_id)
    work.session.execute(own.values(gone_at=work.now, gone_reason="test"))


@pytest.mark.parametrize(("is_blocked", "is_told"), [(True, False), (False, True)])
async def test_nobody_rings_a_phone_that_somebody_answers_who_may_not_know(
    reaching: Reaching, is_blocked: bool, is_told: bool
) -> None:
    def phone(look: Look) -> str:
        own = sa.select(GuardianAddress.value).where(
            GuardianAddress.guardian_id == reaching.anne.id, GuardianAddress.kind == SMS
        )
        return look.session.scalars(own).one()

    value = await reaching.village.desk.look(TEST, phone)
    await reaching.do(give, reaching.village, OLA, SMS, value)
    if is_blocked:
        await reaching.do(block, reaching.village, OLA, "Kari Nordmann")
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)

    found = await reaching.village.desk.look(TEST, list_phones_of, reaching.anne.id, letter)

    assert found == ([value] if is_told else [])


@pytest.mark.parametrize(("is_blocked", "has_other"), [(True, False), (True, True), (False, False)])
async def test_staff_who_look_for_a_child_are_shown_no_phone_that_a_blocked_adult_answers(
    reaching: Reaching, is_blocked: bool, has_other: bool
) -> None:
    village = reaching.village
    value = village.phone(ANNE)
    await reaching.do(give, village, OLA, SMS, value)
    if has_other:
        await reaching.do(give, village, ANNE, SMS, "+4740000991")
    if is_blocked:
        await reaching.do(block, village, OLA, "Kari Nordmann")

    def phones(look: Look) -> dict[str, str]:
        today = village.unit("school").today(look.now)
        return {each.id: each.phone for each in list_known(look, village.child("Kari Nordmann"), today)}

    found = await village.desk.look(TEST, phones)

    assert found[reaching.anne.id] == (value if not is_blocked else "+4740000991" if has_other else "")


@pytest.mark.parametrize("is_protected", [True, False])
async def test_a_mailbox_that_somebody_of_a_protected_child_reads_too_is_told_no_unit(
    reaching: Reaching, is_protected: bool
) -> None:
    village = reaching.village
    await reaching.do(give, village, LENE, MAIL, "anne@example.org")
    if is_protected:
        await reaching.do(protect, village)

    def cover(work: Work) -> str:
        own = sa.select(GuardianAddress).where(
            GuardianAddress.guardian_id == reaching.anne.id, GuardianAddress.kind == MAIL
        )
        delivery_id = post_to(work, village, work.session.scalars(own).one())
        return make_cover(work, work.session.get_one(Delivery, delivery_id)).sender_name

    assert await reaching.do(cover) == ("" if is_protected else village.unit("school").name)


def protect(work: Work, village: Village) -> None:
    work.session.get_one(Child, village.child("Jakob Berg").id).protected = True


@pytest.mark.parametrize(("beside", "lane"), [(True, Lane.BULK), (False, Lane.ORDINARY)])
async def test_a_notice_in_a_chat_counts_like_its_message_where_nothing_else_goes(
    reaching: Reaching, beside: bool, lane: Lane
) -> None:
    village = reaching.village

    def lane_there(work: Work) -> int:
        give(work, village, ANNE, CHAT, "telegram:700001")
        work.session.flush()
        own = sa.select(GuardianAddress).where(GuardianAddress.guardian_id == reaching.anne.id)
        found = {each.kind: each for each in work.session.scalars(own)}
        to = [found[SMS], found[CHAT]] if beside else [found[CHAT]]
        post_to(work, village, *to, said_to={found[CHAT].id: "Du har fått noe nytt."})
        asked = sa.select(Delivery.lane).where(Delivery.kind == CHAT)
        return work.session.scalars(asked).one()

    assert await reaching.do(lane_there) == lane


def post_to(work: Work, village: Village, *to: GuardianAddress, said_to: Mapping[str, str] | None = None) -> str:
    unit = village.unit("school")
    thread = get_or_open_thread(work, unit.owner_id, unit.id, [to[0].guardian_id], ThreadKind.PRIVATE)
    what = Post("Hei.", "nb", Author.STAFF, None, lane=Lane.ORDINARY, to=to, said_to=said_to or {})
    what.number = village.number("contact teacher 7A")
    message = post(work, thread, what)
    work.session.flush()
    return work.session.scalars(sa.select(Delivery.id).where(Delivery.message_id == message.id)).first() or ""


@pytest.mark.parametrize(("name", "kinds"), [(OLA, [SMS, MAIL]), (ANNE, [SMS])])
async def test_who_shares_a_phone_with_somebody_blocked_is_sought_on_a_way_of_their_own(
    reaching: Reaching, name: str, kinds: list[str]
) -> None:
    await reaching.do(give, reaching.village, OLA, SMS, reaching.village.phone(ANNE))
    await reaching.do(block, reaching.village, name, "Kari Nordmann")
    alarm = await reaching.write("Skolen er stengt. Hent nå.", lane=Lane.EMERGENCY)
    await reaching.until_ended(alarm)

    await reaching.climb()
    found = await reaching.until_ended(alarm, len(kinds))

    assert [each.kind for each in found] == kinds
    assert reaching.texts == []
    assert len(reaching.mail.texts) == len(kinds) - 1


@pytest.mark.parametrize(("says", "kind"), [(Says.NOTICES, SMS), (Says.ALL, CHAT)])
async def test_staff_are_shown_a_chat_only_where_their_words_may_be_said(
    village: Village, says: Says, kind: str
) -> None:
    """As the hub's own words go: what would be dropped there is not sent there first."""
    anne, unit = village.guardian(ANNE), village.unit("school")
    kari = village.child("Kari Nordmann").id

    def wish(work: Work) -> None:
        keep_kinds(work, {SMS, CHAT})
        keep_roads(work, [PretendRoad(says=says)])
        give(work, village, ANNE, CHAT, "telegram:12345")
        choose(work, work.session.get_one(Guardian, anne.id), [Topic.DAILY], [CHAT], anne.id)

    await village.desk.work(TEST, wish)

    def ask(look: Look) -> tuple[str, str]:
        (person,) = find_recipients(look, unit, [anne.id], [kari], None).people
        way = find_way(look, anne.id, Topic.DAILY)
        assert person.address is not None
        assert way is not None
        return person.address.kind, way.kind

    assert await village.desk.look(TEST, ask) == (kind, kind)


@pytest.mark.parametrize("is_shared", [True, False])
async def test_on_a_phone_that_two_share_both_are_told_of_in_the_book_and_in_the_story(
    village: Village, is_shared: bool
) -> None:
    """The delivery bears the name of the first alone; what goes on by a way of the first one's own told only the first."""
    anne, ola, unit = village.guardian(ANNE), village.guardian(OLA), village.unit("school")
    party = sorted([anne.id, ola.id])
    first, second = ({anne.id: anne, ola.id: ola}[id_].name for id_ in party)

    def write(work: Work) -> str:
        kind = ThreadKind.SHARED_PHONE if is_shared else ThreadKind.JOINT
        thread = get_or_open_thread(work, unit.owner_id, unit.id, party, kind)
        own = sa.select(GuardianAddress).where(GuardianAddress.guardian_id == party[0], GuardianAddress.kind == SMS)
        what = Post("Hei.", "nb", Author.BOT, "today", to=work.session.scalars(own.limit(1)).all())
        what.child_ids, what.number = [village.child("Kari Nordmann").id], village.number("contact teacher 7A")
        message = post(work, thread, what)
        work.session.flush()
        went = work.session.scalars(sa.select(Delivery).where(Delivery.message_id == message.id)).one()
        further = {c.name: getattr(went, c.name) for c in Delivery.__table__.columns}
        further |= {"id": work.new_id(), "kind": MAIL, "recipient": "own@example.org", "marks": [NEXT_WAY]}
        work.session.add(Delivery(**further))
        return message.id

    message_id = await village.desk.work(TEST, write)
    teacher = village.staff("Kari Lunde")

    def read(look: Look) -> tuple[list[str], list[str]]:
        reader = get_reader(look)
        (entry,) = gather_entries(look, reader, [message_id])
        told = tell(look, reader.reach, look.session.get_one(Message, message_id), Words("nb"))
        return [sent.to for sent in entry.deliveries], [each.text for each in told if each.text.startswith("Til ")]

    asker = Asker("staff", teacher.id, Trust.STRONG, "reads", teacher.owner_id)
    book, story = await village.desk.look(asker, read)

    assert book == [f"{first} / {second}" if is_shared else first, first]
    assert story[0].startswith(f"Til {first} og {second} (" if is_shared else f"Til {first} (")
    assert story[1].startswith(f"Til {first} (")


@pytest.mark.parametrize(
    ("asked_by", "how", "way", "kind"),
    [
        (APP, Reserved.ALL, Way.WORDS, APP),
        (APP, Reserved.NOT_URGENT, Way.WORDS, APP),
        (SMS, Reserved.NOT_URGENT, Way.WORDS, SMS),
        (SMS, Reserved.ALL, Way.RESERVED, None),
        (None, Reserved.ALL, Way.RESERVED, None),
    ],
)
async def test_an_answer_goes_by_the_way_it_was_asked_for_where_that_is_not_closed(
    village: Village, asked_by: str | None, how: Reserved, way: Way, kind: str | None
) -> None:
    anne, unit = village.guardian(ANNE), village.unit("school")

    def ask(work: Work) -> tuple[Way, str | None]:
        keep_kinds(work, {SMS, APP})
        give(work, village, ANNE, APP, f"{APP}:{anne.id}")
        reserve(work, work.session.get_one(Guardian, anne.id), SMS, how, "test")
        thread = get_or_open_thread(work, unit.owner_id, unit.id, [anne.id], ThreadKind.PRIVATE)
        if asked_by is not None:
            said = Message(
                id=work.new_id(),
                owner_id=unit.owner_id,
                thread_id=thread.id,
                at=work.now,
                author=Author.GUARDIAN,
                author_id=anne.id,
                channel=asked_by,
                text="Kan Kari bli med?",
                language="nb",
            )
            keep_message(work, thread, said, [])
        work.session.flush()
        (person,) = find_recipients(work, unit, [anne.id], [], None, thread).people
        return person.way, None if person.address is None else person.address.kind

    assert await village.desk.work(TEST, ask) == (way, kind)
