"""Files that are sent from pages, for stories about them: pictures and documents as cameras and programs make them, the
forms that carry them, and a teacher's browser beside the families'."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, CookieJar, FormData
from PIL import Image
from pypdf import PdfWriter
from yarl import URL

from admin_web import cookies
from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Child
from hub.post.put_up import Upload, enclose, get_loose, make_one, put_up
from hub.school.consent_catalogue import ship_kinds
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Choice, How, Told, say_words
from hub.sign_in.sessions import open_session
from tests.admin_web.family_pages import FamilyPages
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.post.spoken import heard
from tests.living_hub import OPERATOR
from tests.village import FJORDVIK, Village

GPS, MODEL = 0x8825, 0x0110
ANNE, OLA, KARI, TEACHER = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann", "Kari Lunde"


def photo(colour: str = "#7FA36B", camera: str = "Budkamera 3") -> bytes:
    """A JPEG that tells where it was taken, and by which camera."""
    picture = Image.new("RGB", (640, 480), colour)
    told = Image.Exif()
    told[MODEL] = camera
    told.get_ifd(GPS)[1] = "N"
    told.get_ifd(GPS)[2] = (59.0, 54.0, 50.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=told)
    return out.getvalue()


def document(script: str = "", author: str = "Oppdiktet Forfatter") -> bytes:
    """A PDF of one page, with the name of its writer; with a script, where one is told."""
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.add_metadata({"/Author": author})
    if script:
        writer.add_js(script)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@dataclass(frozen=True)
class Chosen:
    """A file that somebody chose in a form; its type is whatever their browser claims."""

    content: bytes
    name: str = "IMG_0001.jpg"
    claimed: str = "image/jpeg"


async def send_form(
    browser: Browsing, path: str, chosen: Sequence[Chosen] = (), *, follow: bool = True, **fields: Any
) -> Seen:
    """A form with files, as a browser sends it, with the token of the page seen last; a list is a field several times."""
    form = FormData(quote_fields=False)
    for name, value in {"token": browser.seen.token if browser.seen else "", **fields}.items():
        for each in value if isinstance(value, list) else [value]:
            form.add_field(name, each, content_type="text/plain")
    if not chosen:
        form.add_field("file", b"", filename="", content_type="application/octet-stream")
    for file in chosen:
        form.add_field("file", io.BytesIO(file.content), filename=file.name, content_type=file.claimed)
    told = {"Origin": browser.url, "Sec-Fetch-Site": "same-origin"}
    async with browser.session.post(path, data=form, allow_redirects=follow, headers=told) as answer:
        browser.seen = Seen(answer.status, await answer.text(), answer.headers, answer.url.path_qs)
    return browser.seen


async def as_staff_of(pages: FamilyPages, name: str, owner: str = FJORDVIK) -> Browsing:
    """A browser in which a member of staff has signed in, at the same hub as the families."""
    living = pages.living
    token = await living.hub.desk.work(OPERATOR, open_session, living.village.staff(name, owner), None, fresh=True)
    url = living.hub.settings.staff.url
    session = ClientSession(url, cookie_jar=CookieJar(unsafe=True), headers={"Accept-Language": "nb"})
    session.cookie_jar.update_cookies({cookies.SESSION: token}, URL(url))
    pages.browsers.append(Browsing(session, url))
    return pages.browsers[-1]


async def write_about(
    pages: FamilyPages,
    staff: Browsing,
    child: str,
    text: str,
    chosen: Sequence[Chosen] = (),
    to: str = "",
    **fields: Any,
) -> Seen:
    """What staff write on a child's page to the first readers there, or those that `to` is among, with files."""
    path = f"/children/{pages.child(child)}"
    page = await staff.get(path)
    return await send_form(
        staff, f"{path}/message", chosen, text=text, readers=readers_on(page, to), about=[pages.child(child)], **fields
    )


def readers_on(page: Seen, to: str = "") -> str:
    """The key of the readers of a composer."""
    found = re.findall(r'name="readers" value="([0-9a-z,]+)"(.*?)</div>', page.text, re.S)
    return str(next(key for key, said in found if to in said))


async def send_now(pages: FamilyPages, staff: Browsing, child: str) -> None:
    """End the hold of what was written last."""
    page = await staff.get(f"/children/{pages.child(child)}")
    found = re.findall(r'action="(/children/\w+/messages/\w+/send)"', page.text)
    await staff.post(found[-1])
    await pages.living.settled()


def consent(work: Work, child_id: str, guardian_ids: Sequence[str], kinds: Sequence[str], *, granted: bool) -> None:
    """These guardians say yes or no to these kinds for a child, on paper."""
    child = work.session.get_one(Child, child_id)
    ship_kinds(work, child.owner_id)
    work.session.flush()
    known = {kind.code: kind for kind in list_kinds(work, child.owner_id)}
    for guardian_id in guardian_ids:
        choices = [Choice(known[code], granted=granted) for code in kinds]
        say_words(work, child, guardian_id, choices, Told(How.PAPER, "staff", Trust.STRONG))


async def agree_to_photos(pages: FamilyPages, child: str, *guardians: str) -> None:
    """Both, and so everybody who decides, let the child be on pictures."""
    ids = [pages.living.village.guardian(name).id for name in guardians]
    said = ("electronic", "photo_internal")
    await pages.living.hub.desk.work(OPERATOR, consent, pages.child(child), ids, said, granted=True)


async def withdraw_photos(pages: FamilyPages, child: str, guardian: str) -> None:
    ids = [pages.living.village.guardian(guardian).id]
    await pages.living.hub.desk.work(OPERATOR, consent, pages.child(child), ids, ("photo_internal",), granted=False)


def bring(work: Work, village: Village, guardian: str, child: str) -> tuple[str, str]:
    """A guardian's message about a child with a picture; the ids of both."""
    message = heard(work, village, village.guardian(guardian), "school", "Se her", [village.child(child)])
    work.session.flush()
    [file_id] = put_up(work, "somebody", message.owner_id, [make_one(Upload("", photo()), takes_documents=False)])
    enclose(work, get_loose(work, "somebody", [file_id]), message)
    return message.id, file_id


def files_on(page: Seen) -> list[str]:
    """The addresses of the files that a page leads to."""
    return re.findall(r'<a class="(?:picture|document)" href="([^"]+)" download', page.text)


async def fetch(browser: Browsing, path: str) -> tuple[int, bytes, Any]:
    """What an address of a file leads to: status, bytes and headers, in a browser that has no cookie where the file lies."""
    async with browser.session.get(path, allow_redirects=False) as answer:
        if answer.status != 303:
            return answer.status, await answer.read(), answer.headers
        link = answer.headers["Location"]
    async with ClientSession() as bare, bare.get(link, allow_redirects=False) as found:
        return found.status, await found.read(), found.headers
