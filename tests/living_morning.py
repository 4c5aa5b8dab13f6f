"""A morning in the village, played through its phones: Monday 3 March 2025, from 07:12 to 08:36 in Oslo."""

import io
from collections.abc import Sequence
from datetime import time, timedelta

from PIL import Image, ImageDraw

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.inboxes import list_inbox
from hub.post.reading import get_reader
from hub.school.attendance import mark_here
from hub.talk.planning import plan_answer
from hub.talk.writing import Draft, answer, let_go
from tests.hub.post.spoken import as_staff
from tests.living_hub import LivingHub

TOLD = (
    ("Anne Nordmann", "contact teacher 7A", "Hei, Kari er syk i dag"),
    ("Silje Strøm", "contact teacher 7A", "Henrik er sjuk i dag"),
    ("Lene Berg", "contact teacher 4B", "Jakob og Johanne er syke i dag"),
    ("Karin Nilsson", "contact teacher 4B", "Saga är sjuk idag"),
    ("Aino Korhonen", "teacher tyttebaer", "Ilo on kipeä tänään"),
    ("Emma Smith", "contact teacher 4B", "Oliver is sick today"),
    ("Arne Moe", "contact teacher 4B", "Iselin er syk i dag"),
    ("Stein Aune", "contact teacher 4B", "Maja er syk i dag"),
    ("Stein Aune", "contact teacher 4B", "angre"),
    ("Berit Ness", "contact teacher 7A", "Amalie kommer klokka 10, hun er hos tannlegen"),
    ("Ragnar Sletten", "contact teacher 7A", "Hvor mange får være med på klasseturen fredag?"),
)
STRANGER, STRANGE = "+4740000999", "Hei, dette er tanten til Kari. Når slutter dere i dag?"
CAME_AT = time(8, 15)
CAME = {
    "Kari Lunde": ("Mia Dahlby Olsen", "Fredrik Sand", "Ingeborg Sletten", "Jonas Aune"),
    "Jonas Dahl": ("Maja Aune", "Mikkel Hauge", "Tiril Sand", "Yusuf Warsame", "Emil Foss"),
    "Maria Nygård": (
        "Ada Lien",
        "Amina Warsame",
        "Anne-Sofie Kristoffersen Bratteberg",
        "Birk Rønning",
        "Ella Lindqvist",
        "Emilie Foss",
        "Leo Viken Olsen",
        "Nora Bakken",
        "Thea Kvam",
    ),
}


def drawing() -> bytes:
    """What a child made: a house under a sun, as a JPEG."""
    picture = Image.new("RGB", (1200, 900), "#DCEBF3")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 620, 1200, 900), fill="#7FA36B")
    draw.rectangle((380, 380, 800, 700), fill="#B5483A")
    draw.polygon(((340, 390), (590, 180), (840, 390)), fill="#4A3B35")
    draw.rectangle((550, 530, 640, 700), fill="#F3E3C3")
    draw.ellipse((930, 70, 1090, 230), fill="#F4C542")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


async def play_morning(living: LivingHub, clock: StoppedClock) -> None:
    """Families tell in five languages, one undoes it, one asks, one sends a picture, and the teacher of 7A answers it."""
    for guardian, role, words in TOLD:
        await living.text(guardian, role, words)
        clock.move(timedelta(minutes=4))
    await _apply_for_leave(living, clock)
    stranger = living.provider.phone(STRANGER)
    await stranger.text(living.village.number("contact teacher 7A").value, STRANGE)
    await _send_picture(living)
    await living.settled()
    await living.fetched()
    clock.move(timedelta(minutes=3))
    await _answer_picture(living)
    await living.settled()
    clock.jump(living.village.unit("school").moment(clock.now().date(), CAME_AT))
    for teacher, children in CAME.items():
        await living.hub.desk.work(as_staff(living.village.staff(teacher)), _mark, living, teacher, children)
    clock.move(timedelta(minutes=21))
    await living.settled()


async def _apply_for_leave(living: LivingHub, clock: StoppedClock) -> None:
    """Maja's family wants three days in three weeks, in so many texts."""
    for words in ("Kan Maja få fri 24.-26. mars? Vi skal på fjellet", "1", "ja"):
        await living.text("Stein Aune", "contact teacher 4B", words)
    clock.move(timedelta(minutes=4))


async def _send_picture(living: LivingHub) -> None:
    number = living.village.number("contact teacher 7A").value
    await living.phone("Anne Nordmann").text(number, "Se hva Kari tegnet i går!", media=[("image/jpeg", drawing())])


async def _answer_picture(living: LivingHub) -> None:
    teacher = as_staff(living.village.staff("Kari Lunde"))

    def find(look: Look) -> tuple[str, str]:
        reader = get_reader(look)
        rows = list_inbox(look, reader).rows
        row = next(row for row in rows if row.families == ("Anne Nordmann",))
        return row.thread.id, plan_answer(look, reader, row.thread.id).key

    thread_id, readers = await living.hub.desk.look(teacher, find)
    draft = Draft("Så fint! Vi henger det opp når hun er tilbake.", readers)
    message = await living.hub.desk.work(teacher, answer, thread_id, (), draft)
    await living.hub.desk.work(teacher, let_go, message.id)


def _mark(work: Work, living: LivingHub, teacher: str, names: Sequence[str]) -> None:
    school = work.session.get_one(Unit, living.village.unit("school").id)
    children = [work.session.get_one(Child, living.village.child(name).id) for name in names]
    mark_here(work, school, children, living.village.staff(teacher).id)
