"""*Where do letters on paper go?* A guardian's postal address, for the office and the leaders of the child's unit to see and
correct. It goes to nobody else's page."""

from collections.abc import Sequence
from typing import Annotated

import phonenumbers
from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Refusal, Work
from hub.language import sort_key
from hub.people.postal_addresses import (
    LONGEST_CODE,
    LONGEST_LINE,
    MOST_LINES,
    PostalAddress,
    name_country,
)
from hub.post.post_of_family import PostSeen, drop_post, get_post, set_post
from hub.seal import Seal

pages = Pages()
NEAR = ("NO", "SE", "FI", "AX", "DK", "IS")


class PostAsked(Asked):
    child_id: PublicId
    guardian_id: PublicId


class PostTold(PostAsked):
    """`street` has a line for each line."""

    street: Annotated[str, Field(max_length=MOST_LINES * (LONGEST_LINE + 2))] = ""
    postal_code: Annotated[str, Field(max_length=LONGEST_CODE)] = ""
    town: Annotated[str, Field(max_length=LONGEST_LINE)] = ""
    country: Annotated[str, Field(max_length=2)] = ""

    @property
    def post(self) -> PostalAddress:
        """Raises: NotWholeError."""
        lines = tuple(line.strip() for line in self.street.splitlines() if line.strip())
        return PostalAddress(lines, self.postal_code.strip(), self.town.strip(), self.country)


@pages.get("/children/{child_id}/post/{guardian_id}")
async def show_post(visit: Visit, asked: PostAsked) -> web.StreamResponse:
    """As it is now."""
    return await _show(visit, asked)


@pages.post("/children/{child_id}/post/{guardian_id}", fresh=True)
async def keep_post(visit: Visit, asked: PostTold) -> web.StreamResponse:
    """From the next letter on; what was typed is kept where it is not whole."""
    done = await visit.try_work(set_told, visit.house.parts.seal, asked)
    if isinstance(done, Refusal):
        return await _show(visit, asked, asked, visit.explain(done))
    return visit.go(_path(asked))


@pages.post("/children/{child_id}/post/{guardian_id}/wrong")
async def take_away(visit: Visit, asked: PostAsked) -> web.StreamResponse:
    """Letters come back from there."""
    await visit.work(drop_post, asked.child_id, asked.guardian_id)
    return visit.go(_path(asked))


def set_told(work: Work, seal: Seal, told: PostTold) -> None:
    """Raises: NotThereError, NotWholeError, OnlyByHandError."""
    set_post(work, seal, told.child_id, told.guardian_id, told.post)


def _path(asked: PostAsked) -> str:
    return f"/children/{asked.child_id}/post/{asked.guardian_id}"


async def _show(visit: Visit, asked: PostAsked, typed: PostTold | None = None, wrong: str = "") -> web.Response:
    seen = await visit.look(get_post, visit.house.parts.seal, asked.child_id, asked.guardian_id)
    await visit.note_reading([seen.child.id, seen.guardian.id])
    post = seen.post
    return visit.show(
        "staff/post.j2",
        status=422 if wrong else 200,
        here=_path(asked),
        path=_path(asked),
        child=seen.child,
        name=seen.guardian.name,
        by_hand=seen.by_hand,
        lines=post.lines(seen.guardian.name, seen.owner.country, seen.owner.language) if post is not None else (),
        origin=_origin(visit, seen),
        street=typed.street if typed is not None else "\n".join(post.street) if post is not None else "",
        postal_code=typed.postal_code if typed is not None else post.postal_code if post is not None else "",
        town=typed.town if typed is not None else post.town if post is not None else "",
        country=typed.country if typed is not None else post.country if post is not None else seen.owner.country,
        countries=_list_countries(visit.language, seen.owner.country),
        most=MOST_LINES,
        wrong=wrong,
    )


def _origin(visit: Visit, seen: PostSeen) -> str:
    """Where it comes from, and since when."""
    if seen.kept is None:
        return ""
    unit = seen.unit
    days = {"day": unit.today(seen.kept.since), "today": unit.today(visit.house.parts.clock.now())}
    if seen.post is None:
        return visit.say("post_page.taken_away", by=seen.by, **days)
    return visit.say("post_page.corrected", by=seen.by, **days) if seen.by else visit.say("post_page.told", **days)


def _list_countries(language: str, home: str) -> Sequence[tuple[str, str]]:
    """By name; their own and the near ones first."""
    named = {code: name_country(code, language) for code in phonenumbers.SUPPORTED_REGIONS}
    first = [code for code in dict.fromkeys((home, *NEAR)) if code in named]
    rest = sorted(named.keys() - set(first), key=lambda code: sort_key(named[code], language))
    return [(code, named[code]) for code in (*first, *rest)]
