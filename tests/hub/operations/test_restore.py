"""A backup becomes a store again, whole or not at all, and nothing comes back that must not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.address import SMS
from hub.asker import Trust, operator_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.door.hand_outs import take_back
from hub.door.lost_tags import lose
from hub.door.pairing import let_confirm, revoke
from hub.door.phones import pair_phone
from hub.door.readers import TagReader
from hub.door.tags import Tag, WhyBlocked, list_children_of
from hub.doorbell import LocalDoorbell
from hub.never_again import NeverAgain, read_journal
from hub.operations.archive import Manifest, write_archive
from hub.operations.backup import back_up
from hub.operations.building_site import Place, StoreInUseError
from hub.operations.restore import NotRestoredError, restore
from hub.operations.sealed_file import BrokenFileError, SealedWriter
from hub.people.child_codes import give_codes, renew_code
from hub.people.families import Block, Child, Guardian, GuardianAddress, GuardianRight
from hub.people.staff import RoleHolding, Staff
from hub.post.broadcast_receivers import add_receivers
from hub.post.broadcast_times import list_open
from hub.post.broadcasts import Broadcast, BroadcastState, Scope, Written, keep_broadcast
from hub.post.broadcasts import Place as BroadcastPlace
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Author, Lane, Message, Thread, ThreadKind, get_or_open_thread
from hub.post.reach_wishes import ReachWish, Reserved, reserve
from hub.safety.access import get_reach
from hub.safety.named_readers import NamedReader
from hub.school.attendance_wishes import Moved, list_wished, wish_to_hear
from hub.school.trusted_people import TrustedPerson, Whom, trust_person
from hub.sign_in.invitations import Invitation, invite
from hub.sign_in.sessions import StaffSession, open_session
from tests.hub.door.devices import pair_gate
from tests.hub.door.handing import give
from tests.hub.installation import BACKUP_KEY, Installation
from tests.hub.post.spoken import as_staff
from tests.village import Village

NOW = datetime(2025, 3, 3, 20, tzinfo=UTC)
LATER = datetime(2025, 3, 4, 20, tzinfo=UTC)
TEST = operator_asker("test")


async def restore_quietly(file: Path, place: Place, **more: object) -> list[str]:
    lines: list[str] = []
    assert await restore(file, place, [BACKUP_KEY], StoppedClock(LATER), lines.append, **more) == 0  # type: ignore[arg-type]
    return lines


def back_up_village(village: Village, data: Path) -> Path:
    data.mkdir(exist_ok=True)
    file = data.parent / "village.backup"
    assert back_up(village.desk.url, data, file, [BACKUP_KEY], NOW, lambda _: None) == 0
    return file


async def look_into(place: Place) -> Desk:
    return Desk(place.url, StoppedClock(LATER), LocalDoorbell(), node="after")


@pytest.fixture
def living(village: Village, tmp_path: Path) -> Place:
    """Where the village lives."""
    return Place(tmp_path / "living", village.desk.url)


async def test_a_place_that_is_not_empty_is_left_alone_unless_told(
    village: Village, living: Place, empty_place: Place
) -> None:
    file = back_up_village(village, living.data)
    await restore_quietly(file, empty_place)

    with pytest.raises(NotRestoredError, match="--replace"):
        await restore_quietly(file, empty_place)

    await restore_quietly(file, empty_place, replace=True)
    assert not empty_place.is_empty()


async def test_what_is_replaced_is_kept_under_another_name(
    village: Village, living: Place, empty_place: Place, store_kind: str
) -> None:
    file = back_up_village(village, living.data)
    await restore_quietly(file, empty_place)
    desk = await look_into(empty_place)
    await desk.work(TEST, lambda work: work.session.execute(sa.update(Child).values(nickname="before")))
    await desk.close()

    await restore_quietly(file, empty_place, replace=True)

    aside = "before_restore_20250304T200000"
    url = f"sqlite:///{empty_place.data / aside / 'budbok.sqlite'}" if store_kind == "sqlite" else empty_place.database
    table = "children" if store_kind == "sqlite" else f'"{aside}".children'
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text(f"SELECT min(nickname) FROM {table}")) == "before"
    engine.dispose()
    desk = await look_into(empty_place)
    assert not await desk.look(
        TEST, lambda look: list(look.session.scalars(sa.select(Child).filter_by(nickname="before")))
    )
    await desk.close()


async def test_an_sqlite_store_in_use_is_not_replaced(village: Village, living: Place, tmp_path: Path) -> None:
    file = back_up_village(village, living.data)
    place = Place(tmp_path / "in_use")
    await restore_quietly(file, place)
    desk = await look_into(place)
    await desk.look(TEST, lambda look: look.session.scalar(sa.select(sa.func.count()).select_from(Child)))
    try:
        with pytest.raises(StoreInUseError):
            await restore_quietly(file, place, replace=True)
    finally:
        await desk.close()


async def test_a_broken_backup_leaves_the_place_as_it_was(
    village: Village, living: Place, empty_place: Place, tmp_path: Path
) -> None:
    file = back_up_village(village, living.data)
    whole = file.read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BrokenFileError):
        await restore_quietly(tmp_path / "cut", empty_place)

    assert empty_place.is_empty()
    await restore_quietly(file, empty_place)
    assert not empty_place.is_empty()


async def test_a_backup_of_a_newer_hub_is_refused(empty_place: Place, tmp_path: Path) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, SealedWriter(tmp_path / "newer", BACKUP_KEY) as out:
        write_archive(out, Manifest("9999", NOW.isoformat(), ()), {}, connection)
    engine.dispose()

    with pytest.raises(NotRestoredError, match="version 9999"):
        await restore_quietly(tmp_path / "newer", empty_place)
    assert empty_place.is_empty()


def bar(work: Work, village: Village) -> None:
    """Everything that must not come back happens to the village after its backup."""
    guardian, child = village.guardian("Ola Nordmann"), village.child("Kari Nordmann")
    work.session.add(
        Block(
            id=work.new_id(),
            owner_id=guardian.owner_id,
            guardian_id=guardian.id,
            child_id=child.id,
            reason="told to nobody",
            set_by=village.staff("Ingrid Solberg").id,
            set_at=work.now,
        )
    )
    address = village.addresses[guardian.id][0]
    work.session.get_one(GuardianAddress, address.id).stopped_at = work.now
    reserve(work, guardian, SMS, Reserved.ALL, guardian.id)
    other = next(a for a in work.session.scalars(sa.select(GuardianAddress)) if a.guardian_id != guardian.id)
    other.gone_at = work.now
    work.session.get_one(Staff, village.staff("Per Haugen").id).left_at = work.now
    holding = work.session.scalars(
        sa.select(RoleHolding).where(RoleHolding.staff_id == village.staff("Kari Lunde").id)
    ).first()
    assert holding is not None
    holding.ended_at = work.now
    right = work.session.scalars(sa.select(GuardianRight).order_by(GuardianRight.id)).first()
    assert right is not None
    right.to_day = NOW.date()
    work.session.get_one(Child, child.id).protected = True
    for sharing in work.session.scalars(sa.select(Guardian).where(Guardian.shares_thread)):
        sharing.shares_thread = False
    work.session.execute(sa.delete(NamedReader))
    work.session.get_one(Staff, village.staff("Ingrid Solberg").id).password_hash = "a new one"
    for thread in work.session.scalars(sa.select(Thread).where(Thread.shared_from.is_not(None))):
        thread.shared_from = None
    for trusted in work.session.scalars(sa.select(TrustedPerson)):
        if trusted.person == "Mormor Berit":
            trusted.ended_at = work.now
        else:
            trusted.disputed_at = work.now


def tell_of_kari(work: Work, village: Village) -> None:
    """What may be taken back: who may fetch her, and that her guardians read along."""
    child, guardian = village.child("Kari Nordmann"), village.guardian("Anne Nordmann")
    for person in ("Mormor Berit", "Nabo Nils"):
        trust_person(work, child, Whom(person), told_by=guardian.id, trust=Trust.CONFIRMED)
    unit = village.unit("school")
    thread = get_or_open_thread(work, unit.owner_id, unit.id, [village.guardian("Ola Nordmann").id], ThreadKind.PUPIL)
    thread.shared_from = work.now


def list_barred(look: Look) -> dict[str, int]:
    """How many of each bar the store has."""

    def count(table: type, *where: sa.ColumnElement[bool]) -> int:
        return look.session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0

    return {
        "blocks": count(Block),
        "stopped": count(GuardianAddress, GuardianAddress.stopped_at.is_not(None)),
        "reserved": count(ReachWish),
        "gone": count(GuardianAddress, GuardianAddress.gone_at.is_not(None)),
        "left": count(Staff, Staff.left_at.is_not(None)),
        "ended": count(RoleHolding, RoleHolding.ended_at.is_not(None)),
        "rights that end": count(GuardianRight, GuardianRight.to_day.is_not(None)),
        "protected": count(Child, Child.protected.is_(True)),
        "not sharing": count(Guardian, ~Guardian.shares_thread),
        "kept apart": count(Thread, Thread.shared_from.is_(None)),
        "trusted no more": count(TrustedPerson, TrustedPerson.ended_at.is_not(None)),
        "denied": count(TrustedPerson, TrustedPerson.disputed_at.is_not(None)),
        "no readers": 1 - min(1, count(NamedReader)),
    }


def give_password(work: Work, village: Village) -> None:
    for name in ("Ingrid Solberg", "Per Haugen"):
        staff = work.session.get_one(Staff, village.staff(name).id)
        staff.password_hash, staff.second_factor = "an old one", "sealed"


@pytest.mark.parametrize("store_is_lost", [False, True])
async def test_what_must_not_come_back_stays_out(
    village: Village, living: Place, empty_place: Place, store_is_lost: bool
) -> None:
    """With the store that was, or with its journal alone."""
    await village.desk.work(TEST, give_password, village)
    await village.desk.work(TEST, tell_of_kari, village)
    file = back_up_village(village, living.data)
    before = await village.desk.look(TEST, list_barred)
    journal = NeverAgain(living.data / "never_again.jsonl")
    journal.append(await village.desk.look(TEST, journal.compare))
    await village.desk.work(TEST, bar, village)
    after = await village.desk.look(TEST, list_barred)
    assert all(after[what] > before[what] for what in after)
    if store_is_lost:
        journal.append(await village.desk.look(TEST, journal.compare))
        living = Place(living.data, "sqlite:////nowhere/at/all.sqlite")

    lines = await restore_quietly(file, empty_place, living=living)

    desk = await look_into(empty_place)
    assert await desk.look(TEST, list_barred) == after
    passwords = await desk.look(TEST, lambda look: look.session.scalars(sa.select(Staff.password_hash)).all())
    assert [word for word in passwords if word] == ["an old one"]
    await desk.close()
    assert not lines[1].startswith("0 ")
    assert "told to nobody" not in (living.data / "never_again.jsonl").read_text()


async def test_a_line_that_was_cut_short_takes_no_other_along(village: Village, tmp_path: Path) -> None:
    """A disk that was full, and has room again."""
    file = tmp_path / "journal.jsonl"
    journal = NeverAgain(file)
    facts = await village.desk.look(TEST, journal.compare)
    file.write_text('["block a b", "half of')

    journal.append(facts)

    assert facts
    assert read_journal(file) == facts


async def test_an_empty_store_has_no_say_in_the_journal(
    village: Village, living: Place, desk: Desk, tmp_path: Path
) -> None:
    await village.desk.work(TEST, bar, village)
    journal = NeverAgain(tmp_path / "journal.jsonl")
    journal.append(await village.desk.look(TEST, journal.compare))

    assert await desk.look(TEST, journal.compare) == {}


async def test_what_was_lifted_since_is_not_barred_again(village: Village, living: Place, empty_place: Place) -> None:
    address = village.addresses[village.guardian("Ola Nordmann").id][0]
    file = back_up_village(village, living.data)
    journal = NeverAgain(living.data / "never_again.jsonl")
    for moment in (NOW, None):
        await village.desk.work(TEST, stop, address.id, moment)
        journal.append(await village.desk.look(TEST, journal.compare))

    await restore_quietly(file, empty_place, living=living)

    desk = await look_into(empty_place)
    restored = await desk.look(TEST, lambda look: look.session.get_one(GuardianAddress, address.id))
    await desk.close()
    assert restored.stopped_at is None


@pytest.mark.parametrize("store_is_lost", [False, True])
async def test_a_code_that_was_renewed_is_nobodys_in_a_restored_store(
    village: Village, living: Place, empty_place: Place, store_is_lost: bool
) -> None:
    """It may have been seen by somebody who should not have it; other children keep theirs."""
    kari, jakob = village.child("Kari Nordmann").id, village.child("Jakob Berg").id

    def give(work: Work) -> None:
        give_codes(work, list(work.session.scalars(sa.select(Child).where(Child.id.in_([kari, jakob])))))

    def codes(look: Look) -> tuple[str | None, str | None]:
        return look.session.get_one(Child, kari).code, look.session.get_one(Child, jakob).code

    await village.desk.work(TEST, give)
    old = await village.desk.look(TEST, codes)
    file = back_up_village(village, living.data)
    await village.desk.work(TEST, lambda work: renew_code(work, work.session.get_one(Child, kari)))
    journal = NeverAgain(living.data / "never_again.jsonl")
    journal.append(await village.desk.look(TEST, journal.compare))
    if store_is_lost:
        living = Place(living.data, "sqlite:////nowhere/at/all.sqlite")

    await restore_quietly(file, empty_place, living=living)

    desk = await look_into(empty_place)
    restored = await desk.look(TEST, codes)
    await desk.close()
    assert None not in old
    assert restored == (None, old[1])
    assert str(old[0]) not in (living.data / "never_again.jsonl").read_text()


def stop(work: Work, address_id: str, moment: datetime | None) -> None:
    work.session.get_one(GuardianAddress, address_id).stopped_at = moment


async def test_nobody_is_signed_in_to_a_restored_hub(village: Village, living: Place, empty_place: Place) -> None:
    def sign_in(work: Work) -> None:
        staff = work.session.get_one(Staff, village.staff("Kari Lunde").id)
        open_session(work, staff, None, fresh=True)
        invite(work, staff)

    await village.desk.work(TEST, sign_in)
    file = back_up_village(village, living.data)

    await restore_quietly(file, empty_place)

    desk = await look_into(empty_place)
    live = sa.select(sa.func.count()).select_from(StaffSession).where(StaffSession.ended_at.is_(None))
    open_ = sa.select(sa.func.count()).select_from(Invitation).where(Invitation.ends_at > LATER)
    assert await desk.look(TEST, lambda look: look.session.scalar(live)) == 0
    assert await desk.look(TEST, lambda look: look.session.scalar(open_)) == 0
    await desk.close()


def post_two(work: Work, village: Village) -> None:
    """One delivery waits, another was sent."""
    guardian, unit = village.guardian("Ola Nordmann"), village.unit("school")
    thread = Thread(
        id=work.new_id(), owner_id=guardian.owner_id, unit_id=unit.id, party=guardian.id, kind=ThreadKind.PRIVATE,
        last_at=work.now,
    )  # fmt: skip
    work.session.add(thread)
    work.session.flush()
    for status in (Status.WAITING, Status.SENT):
        message = Message(
            id=work.new_id(), owner_id=guardian.owner_id, thread_id=thread.id, at=work.now, author=Author.STAFF,
            author_id=None, channel="sms", text="Hei", language="nb",
        )  # fmt: skip
        work.session.add(message)
        work.session.flush()
        work.session.add(
            Delivery(
                id=work.new_id(),
                owner_id=guardian.owner_id,
                message_id=message.id,
                guardian_id=guardian.id,
                address_id=None,
                channel="twilio",
                kind="sms",
                sender="+4759000000",
                recipient="+4740000001",
                text="Hei",
                lane=Lane.ORDINARY,
                due=work.now,
                deadline=LATER,
                status=status,
                rank=RANK[status],
                climbs_at=work.now,
                has_next=True,
            )
        )


async def test_what_waited_to_be_sent_is_parked_and_what_was_sent_is_not(
    village: Village, living: Place, empty_place: Place
) -> None:
    await village.desk.work(TEST, post_two, village)
    file = back_up_village(village, living.data)

    lines = await restore_quietly(file, empty_place)

    desk = await look_into(empty_place)
    found = await desk.look(TEST, lambda look: look.session.scalars(sa.select(Delivery).order_by(Delivery.id)).all())
    waits = await desk.look(TEST, lambda look: look.session.scalar(sa.select(Thread.waits_why)))
    await desk.close()
    assert [(d.status, d.reason) for d in found] == [("parked", "restored"), ("sent", None)]
    assert [d.climbs_at is None for d in found] == [True, False]
    assert waits == "not_delivered"
    assert "1 unsent messages are parked" in lines[1]


async def test_a_broadcast_that_had_not_gone_to_everybody_goes_to_nobody_again(
    village: Village, living: Place, empty_place: Place
) -> None:
    """It may have left since the backup, or have been recalled."""
    unit = village.unit("school")
    place = BroadcastPlace(unit.owner_id, Scope.UNIT, unit.name, village.role("principal").id, unit.id)

    def keep(work: Work) -> None:
        for state in (BroadcastState.HELD, BroadcastState.SENDING, BroadcastState.SENT):
            kept = keep_broadcast(work, place, Written({"nb": "Hei"}, "nb"), work.now)
            work.session.flush()
            kept.state = state
            row = {
                "unit_id": unit.id,
                "guardian_id": village.guardian("Ola Nordmann").id,
                "child_ids": [],
                "guarded": False,
            }
            add_receivers(work, kept.owner_id, kept.id, [row])

    await village.desk.work(TEST, keep)
    file = back_up_village(village, living.data)

    lines = await restore_quietly(file, empty_place)

    desk = await look_into(empty_place)
    states = await desk.look(
        TEST, lambda look: look.session.scalars(sa.select(Broadcast.state).order_by(Broadcast.id)).all()
    )
    due = await desk.look(TEST, list_open)
    await desk.close()
    assert states == ["recalled", "recalled", "sent"]
    assert due == []
    assert lines[2].startswith("2 broadcasts that had not gone to everybody are recalled")


def test_the_command_restores_into_a_folder(installation: Installation, tmp_path: Path) -> None:
    installation.run("backup", str(tmp_path / "one"))

    code, lines = installation.run("restore", str(tmp_path / "one"), "--into", str(tmp_path / "again"))
    assert code == 0, lines
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700

    code, lines = installation.run("restore", str(tmp_path / "one"), "--into", str(tmp_path / "again"))
    assert code == 1
    assert lines[-1].startswith("Nothing was restored: There is a store at")

    installation.set("hub", "database", '""')
    installation.set("hub", "data", f'"{tmp_path / "again"}"')
    code, lines = installation.run("verify")
    assert code == 0
    assert lines[-1].startswith("The audit holds")


@pytest.mark.parametrize("store_is_lost", [False, True])
async def test_no_gate_tag_phone_or_wish_of_the_door_comes_back(
    village: Village, living: Place, empty_place: Place, store_is_lost: bool
) -> None:
    """A gate that was revoked or told to wait, a tag that was lost or given on, and news that a guardian wants no more."""
    unit, mother = village.unit("preschool"), village.guardian("Marte Bakken")
    served = as_staff(village.staff("Astrid Vik"))

    def begin(work: Work) -> list[str]:
        gates = [pair_gate(work, village, confirms_itself=True).id for _ in range(2)]
        given = [give(work, village, "Noah Bakken", serial=f"04a1b2c3d4e5f{n}") for n in range(2)]
        phone = pair_phone(work, get_reach(work), unit, "s" * 26, "Blåbær", None)[0].id
        wish_to_hear(work, work.session.get_one(Guardian, mother.id), list(Moved), mother.id)
        return [*gates, *(row.tag_id for row in given), phone]

    revoked, waiting, lost, given_on, phone = await village.desk.work(served, begin)

    def go_on(work: Work) -> None:
        revoke(work, unit.id, revoked)
        let_confirm(work, unit.id, waiting, itself=False)
        lose(work, lost)
        take_back(work, given_on)
        give(work, village, "Odin Fjeld", to=None, receiver="Grandma", serial="04a1b2c3d4e5f1")
        wish_to_hear(work, work.session.get_one(Guardian, mother.id), [Moved.LEFT], mother.id)

    def standing(look: Look) -> dict[str, object]:
        at = look.session.get_one
        return {
            "revoked": at(TagReader, revoked).revoked_at is not None,
            "waiting": (at(TagReader, waiting).revoked_at is None, at(TagReader, waiting).confirms_itself),
            "lost": at(Tag, lost).blocked_why,
            "wishes": list_wished(look, mother.id),
        }

    file = back_up_village(village, living.data)
    journal = NeverAgain(living.data / "never_again.jsonl")
    journal.append(await village.desk.look(TEST, journal.compare))
    await village.desk.work(served, go_on)
    after = await village.desk.look(TEST, standing)
    if store_is_lost:
        journal.append(await village.desk.look(TEST, journal.compare))
        living = Place(living.data, "sqlite:////nowhere/at/all.sqlite")

    await restore_quietly(file, empty_place, living=living)

    desk = await look_into(empty_place)
    assert await desk.look(TEST, standing) == after
    assert await desk.look(TEST, list_children_of, given_on) == []
    tag = await desk.look(TEST, lambda look: look.session.get_one(Tag, given_on))
    assert tag.blocked_why == WhyBlocked.RETURNED
    ended = await desk.look(TEST, lambda look: look.session.get_one(TagReader, phone))
    assert ended.revoked_at == LATER
    await desk.close()
