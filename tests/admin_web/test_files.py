"""Files in threads and books: who may fetch one, how it leaves, and what is said of one that was not taken."""

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from PIL import Image
from yarl import URL

from admin_web.files import LASTS
from admin_web.page import HOUSE
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child
from hub.post.files import Attachment, AttachmentBody, FileState
from hub.post.pictures import SMALL_SIDE
from hub.sign_in.sessions import sign_out_everywhere
from tests.admin_web.school_day import SchoolDay, run_school_day, without_chance
from tests.hub.post.spoken import heard
from tests.hub.sign_in.school import TEST

TEACHER_7A, TEACHER_1A, LEADER, OFFICE, ASSISTANT_1A = (
    "Kari Lunde",
    "Maria Nygård",
    "Ingrid Solberg",
    "Per Haugen",
    "Sindre Moen",
)
NOBODYS = "0" * 26


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 800), (10, 90, 60)).save(out, "JPEG")
    return out.getvalue()


async def bring(
    day: SchoolDay,
    guardian: str,
    children: Sequence[str],
    seat: str = "contact teacher 7A",
    state: FileState = FileState.KEPT,
    reason: str | None = None,
) -> tuple[str, str]:
    """A message with one file; the id of the file and of the thread."""

    def keep(work: Work) -> tuple[str, str]:
        people = day.village
        message = heard(
            work,
            people,
            people.guardian(guardian),
            "school",
            "Se her",
            [people.child(child) for child in children],
            seat=seat,
        )
        work.session.flush()
        file = Attachment(
            id=work.new_id(),
            owner_id=message.owner_id,
            message_id=message.id,
            channel="twilio",
            link="https://media.example/1",
            claimed_type="image/jpeg",
            due=work.now,
            state=state,
            reason=reason,
            width=1200,
            height=800,
        )
        work.session.add(file)
        work.session.flush()
        if state is FileState.KEPT:
            work.session.add(AttachmentBody(attachment_id=file.id, body=jpeg()))
        return file.id, message.thread_id

    return await day.site.desk.work(TEST, keep)


async def fetch(day: SchoolDay, who: str, path: str, owner: str = "fjordvik") -> tuple[int, bytes, Mapping[str, str]]:
    browser = await day.as_(who, owner)
    async with browser.session.get(path, allow_redirects=False) as answer:
        if answer.status != 303:
            return answer.status, await answer.read(), answer.headers
    return await follow(answer.headers["Location"])


async def follow(link: str) -> tuple[int, bytes, Mapping[str, str]]:
    """What a link leads to, in a browser that has no cookie at all."""
    async with ClientSession() as http, http.get(link, allow_redirects=False) as answer:
        return answer.status, await answer.read(), answer.headers


async def link_to(day: SchoolDay, who: str, file: str) -> str:
    browser = await day.as_(who)
    link: str = (await browser.get(f"/files/{file}", follow=False)).headers["Location"]
    return link


async def test_a_picture_stands_small_in_the_thread_and_the_book(day: SchoolDay) -> None:
    file, thread = await bring(day, "Anne Nordmann", ["Kari Nordmann"])
    browser = await day.as_(TEACHER_7A)

    for path in (f"/threads/{thread}", f"/children/{day.village.child('Kari Nordmann').id}"):
        seen = await browser.get(path)
        assert f'<a class="picture" href="/files/{file}" download>' in seen.text
        assert f'src="/files/{file}/small" alt="Bilde fra Anne Nordmann.' in seen.text
        assert 'width="240" height="160" loading="lazy"' in seen.text


async def test_a_picture_leaves_as_a_download_in_which_nothing_runs(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])

    status, body, headers = await fetch(day, TEACHER_7A, f"/files/{file}")

    assert status == 200
    assert body == jpeg()
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Disposition"] == f'attachment; filename="budbok-{file}.jpg"'
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers


async def test_a_file_lies_on_an_origin_of_its_own_where_nothing_else_is(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])
    link = URL(await link_to(day, TEACHER_7A, file))
    site = URL(day.site.url)

    assert link.origin() != site.origin()
    assert link.host != site.host
    assert (await follow(str(link)))[0] == 200
    browser = await day.as_(TEACHER_7A)
    assert (await browser.get(link.path)).status == 404
    for page in ("/", "/sign-in", "/threads", "/livez", f"/files/{file}", browser_static(day)):
        assert (await follow(str(link.origin().with_path(page))))[0] == 404
    seen = await browser.get("/threads")
    assert f"img-src 'self' {link.origin()};" in seen.headers["Content-Security-Policy"]


def browser_static(day: SchoolDay) -> str:
    return day.site.app[HOUSE].drawing.static_path("budbok.css")


async def test_a_link_lasts_a_minute(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])
    link = await link_to(day, TEACHER_7A, file)

    day.clock.move(LASTS)
    assert (await follow(link))[0] == 200
    day.clock.move(timedelta(seconds=1))

    assert (await follow(link))[0] == 404


async def test_a_link_ends_with_the_session_it_was_made_for(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])
    link = await link_to(day, TEACHER_7A, file)

    await day.site.desk.work(TEST, sign_out_everywhere, day.village.staff(TEACHER_7A).id, "asked")

    assert (await follow(link))[0] == 404


async def test_a_link_ends_with_the_right_to_the_message(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])
    link = await link_to(day, TEACHER_7A, file)

    def hide(work: Work) -> None:
        work.session.get_one(Child, day.village.child("Kari Nordmann").id).protected = True

    await day.site.desk.work(TEST, hide)

    assert (await follow(link))[0] == 404


async def test_a_link_that_was_changed_opens_nothing(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])
    link = await link_to(day, TEACHER_7A, file)

    key, _, sealed = link.rpartition(".")
    for other in (f"{key}.{sealed[:40]}{sealed[41:]}", f"{key}.", key, f"{key}.{sealed.swapcase()}"):
        status, body, _ = await follow(other)
        assert (status, body) == (404, b"404\n")


async def test_the_small_picture_is_small(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])

    status, body, _ = await fetch(day, TEACHER_7A, f"/files/{file}/small")

    assert status == 200
    assert Image.open(io.BytesIO(body)).size == (SMALL_SIDE, SMALL_SIDE * 2 // 3)


async def test_only_who_reads_the_message_fetches_its_file(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])

    found = {
        who: (await fetch(day, who, f"/files/{file}{size}"))[0]
        for who in (TEACHER_7A, LEADER, TEACHER_1A)
        for size in ("", "/small")
    }

    assert found == {TEACHER_7A: 200, LEADER: 200, TEACHER_1A: 404}
    assert (await fetch(day, "Tuula Heikkinen", f"/files/{file}", "saarela"))[0] == 404


async def test_a_picture_of_half_siblings_is_fetched_by_who_may_read_for_both(day: SchoolDay) -> None:
    file, _ = await bring(day, "Hanne Olsen", ["Mia Dahlby Olsen", "Leo Viken Olsen"])
    of_mia, _ = await bring(day, "Hanne Olsen", ["Mia Dahlby Olsen"])

    assert (await fetch(day, LEADER, f"/files/{file}"))[0] == 200
    assert (await fetch(day, TEACHER_7A, f"/files/{of_mia}"))[0] == 200
    for who in (TEACHER_7A, TEACHER_1A):
        assert (await fetch(day, who, f"/files/{file}"))[0] == 404


async def test_a_picture_of_a_protected_child_is_fetched_by_its_named_readers_alone(day: SchoolDay) -> None:
    file, _ = await bring(day, "Ragnhild Lien", ["Ada Lien"], seat="contact teacher 1A")

    assert (await fetch(day, TEACHER_1A, f"/files/{file}"))[0] == 200
    for who in (OFFICE, ASSISTANT_1A):
        assert (await fetch(day, who, f"/files/{file}"))[0] == 404


async def test_a_file_one_may_not_have_is_as_one_that_is_not_there(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])
    browser = await day.as_(TEACHER_1A)

    forbidden = await browser.get(f"/files/{file}")
    absent = await browser.get(f"/files/{NOBODYS}")

    assert forbidden.status == absent.status == 404
    assert without_chance(forbidden).replace(file, NOBODYS) == without_chance(absent)
    assert set(forbidden.headers) == set(absent.headers)


async def test_who_has_not_signed_in_fetches_nothing(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])

    seen = await day.site.browser().get(f"/files/{file}", follow=False)

    assert seen.status == 303
    assert seen.headers["Location"].startswith("/sign-in")


async def test_who_fetched_and_who_was_refused_are_in_the_audit(day: SchoolDay) -> None:
    file, _ = await bring(day, "Anne Nordmann", ["Kari Nordmann"])

    await fetch(day, TEACHER_7A, f"/files/{file}")
    await fetch(day, TEACHER_1A, f"/files/{file}")

    [read] = await day.audited("read", TEACHER_7A)
    assert read.ids[0] == file
    assert read.why == "file"
    [refused] = await day.audited("refused", TEACHER_1A)
    assert refused.ids == [file]


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (FileState.WAITING, None, "Det fulgte med en fil. Den hentes nå."),
        (
            FileState.REFUSED,
            "kind_not_taken",
            "Det fulgte med en fil, men den kunne ikke tas imot: bare bilder tas imot.",
        ),
        (
            FileState.REFUSED,
            "http_500",
            "Det fulgte med en fil, men den kunne ikke tas imot: nettet ga den ikke fra seg.",
        ),
    ],
)
async def test_a_file_that_is_not_here_is_told_of_in_words(
    day: SchoolDay, state: FileState, reason: str | None, said: str
) -> None:
    file, thread = await bring(day, "Anne Nordmann", ["Kari Nordmann"], state=state, reason=reason)

    seen = await (await day.as_(TEACHER_7A)).get(f"/threads/{thread}")

    assert said in seen.text
    assert (await fetch(day, TEACHER_7A, f"/files/{file}"))[0] == 404
