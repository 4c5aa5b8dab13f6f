"""*My mail*: what one gets as mail of what families write; and for administrators, how much such a mail may say."""

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.people.places import Owner
from hub.people.staff import Staff
from hub.post.work_mail import Says, Wish, choose_wish, find_rule, find_wish, set_rule
from hub.safety.access import get_reach
from hub.safety.roles import get_administered

pages = Pages()

PATH = "/you/mail"
NOTHING = "nothing"


class WishTold(Asked):
    wish: Literal["nothing", "waiting", "all"]


class RuleTold(Asked):
    says: Literal["0", "1", "2"]


@dataclass(frozen=True, slots=True)
class OwnMail:
    """`is_gone`: a mail to them came back. `administers`: they set how much a mail says."""

    address: str
    wish: str
    is_gone: bool
    owner: str
    says: Says
    administers: bool


def gather_own_mail(look: Look) -> OwnMail:
    """Raises: NotThereError."""
    reach = get_reach(look)
    mailbox = find_wish(look, reach.staff_id)
    return OwnMail(
        address=look.session.get_one(Staff, reach.staff_id).login,
        wish=NOTHING if mailbox is None else mailbox.wish,
        is_gone=mailbox is not None and mailbox.gone_at is not None,
        owner=look.session.get_one(Owner, reach.owner_id).name,
        says=find_rule(look, reach.owner_id),
        administers=reach.administers,
    )


def keep_wish(work: Work, wish: str) -> None:
    """The asker's own. Raises: NotThereError."""
    staff = work.session.get_one(Staff, get_reach(work).staff_id)
    choose_wish(work, staff, None if wish == NOTHING else Wish(wish))


def keep_rule(work: Work, says: Says) -> None:
    """Raises: NotThereError unless the asker administers the owner."""
    set_rule(work, get_administered(work).id, says, work.asker.id)


@pages.get("/you/mail")
async def show_own_mail(visit: Visit) -> web.StreamResponse:
    """As it is now."""
    own = await visit.look(gather_own_mail)
    return visit.show(
        "staff/own_mail.j2", here=PATH, own=own, wishes=[NOTHING, *Wish], levels=list(Says), nothing=NOTHING
    )


@pages.post("/you/mail", fresh=True)
async def choose(visit: Visit, asked: WishTold) -> web.StreamResponse:
    """What one wants from now on."""
    await visit.work(keep_wish, asked.wish)
    return visit.go(PATH)


@pages.post("/you/mail/rule", fresh=True)
async def decide(visit: Visit, asked: RuleTold) -> web.StreamResponse:
    """How much a mail may say from now on; mails that have not left yet and say more do not leave."""
    await visit.work(keep_rule, Says(int(asked.says)))
    return visit.go(PATH)
