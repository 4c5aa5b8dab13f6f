"""Files that staff send along: put up when their form comes, shown beside what was typed, and marked with whom one can
recognise.

What was put up stays put up, whatever becomes of the form, so that nobody chooses a file twice.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.address import APP, CHAT
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.broadcasts import Broadcast
from hub.post.entry import Brought
from hub.post.files import Attachment, lay_out_files
from hub.post.messages import Message
from hub.post.put_up import FilesGoneError, enclose, get_loose, make_all, put_up, take_loose
from hub.safety.access import NotThereError, Reach, list_children
from hub.school.photos import list_refused, mark_photos

W = TypeVar("W", Message, Broadcast)


class EnclosedAsked(Asked):
    """What a form says of files: those that lie here already, and who can be recognised on the pictures among them."""

    files: tuple[PublicId, ...] = ()
    pictured: tuple[PublicId, ...] = ()
    nobody: Literal["", "yes"] = ""


A = TypeVar("A", bound=EnclosedAsked)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A child who may be on a picture. `is_refused`: not by consent."""

    id: str
    name: str
    is_refused: bool


@dataclass(frozen=True, slots=True)
class Enclosing:
    """What the composer shows of files. `may_enclose`: the families can open them, since the app is on."""

    may_enclose: bool
    files: tuple[Brought, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    pictured: frozenset[str] = frozenset()
    nobody: bool = False

    @property
    def has_pictures(self) -> bool:
        return any(file.is_picture for file in self.files)


def may_enclose(visit: Visit) -> bool:
    """Whether there are family pages on which a file could be opened."""
    return APP in visit.house.parts.settings.channels.get(CHAT, {}).get("use", ())


async def take_uploads(visit: Visit, asked: A) -> tuple[A, Refusal | None]:
    """The form with all that is to go along, with what came just now; and why that could not be taken."""
    if not visit.uploads:
        return asked, None
    try:
        uploads = visit.uploads if may_enclose(visit) else ()
        made = await make_all(uploads, visit.house.parts.scanner, takes_documents=True)
        ids = await visit.work(put_up, visit.asker.id, visit.signed_in.owner_id, made)
    except NotThereError:
        raise
    except Refusal as refusal:
        return asked, refusal
    return asked.model_copy(update={"files": tuple(dict.fromkeys([*asked.files, *ids]))}), None


def list_mates(look: Look, reach: Reach, units: Iterable[Unit], child_ids: Collection[str]) -> list[Child]:
    """The children who are in a group with one of these, and they themselves, whom the asker serves; by the names they are
    called."""
    found: dict[str, Child] = {}
    for unit in units:
        placed = list_children(look, reach, unit, unit.today(look.now))
        groups = {group_id for child, group_id in placed if child.id in child_ids}
        found |= {child.id: child for child, group_id in placed if group_id in groups}
    return list(found.values())


def gather_enclosing(
    look: Look,
    ids: Sequence[str],
    list_candidates: Callable[[], Sequence[Child]],
    asked: EnclosedAsked | None = None,
) -> Enclosing:
    """As a composer shows it. A file that is gone is left out; who may be on a picture is asked where there is one."""
    found: list[Attachment] = []
    for id_ in ids:
        try:
            found += get_loose(look, look.asker.id, [id_])
        except FilesGoneError:
            continue
    candidates = list_candidates() if any(attachment.is_picture for attachment in found) else ()
    refused = {child.id for child in list_refused(look, candidates)}
    return Enclosing(
        may_enclose=True,
        files=lay_out_files(found),
        candidates=tuple(Candidate(child.id, child.name, child.id in refused) for child in candidates),
        pictured=frozenset(asked.pictured) if asked is not None else frozenset(),
        nobody=asked is not None and asked.nobody == "yes",
    )


def send_with(
    work: Work,
    ids: Sequence[str],
    marks: EnclosedAsked,
    list_candidates: Callable[[], Sequence[Child]],
    send: Callable[[int], W],
    *,
    several_families: bool,
) -> W:
    """Send with these files, as many as `send` is told. Raises: NotThereError, FilesGoneError, TooManyFilesError, and what
    `mark_photos` and `send` raise."""
    files = take_loose(work, work.asker.id, ids) if ids else []
    by_id = {child.id: child for child in list_candidates()} if marks.pictured else {}
    if not set(marks.pictured) <= by_id.keys():
        raise NotThereError
    children = [by_id[id_] for id_ in marks.pictured]
    mark_photos(work, files, children, nobody=marks.nobody == "yes", several_families=several_families)
    whole = send(len(files))
    enclose(work, files, whole)
    return whole
