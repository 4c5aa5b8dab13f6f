"""Pictures that the school shares: whoever can be recognised on one has consented, or it does not go.

Asked when it is composed, when each message with it leaves, and each time it is opened. Whoever is protected stands on none.
Source: security rules S3.4 and S4.4.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Placement
from hub.people.places import Unit
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import Broadcast, BroadcastState
from hub.post.deliveries import Delivery
from hub.post.files import Attachment, PicturedChild, Shows
from hub.post.put_up import mark_pictured
from hub.school.consent_standing import list_usable

PHOTO = "photo_internal"
NO_CONSENT = "no_consent"


class NotConsentedError(Refusal):
    """Some of those on the picture may not be on it; `names` are theirs."""

    words = "enclosing.not_consented"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names=list(names))


class NotMarkedError(Refusal):
    """It goes to several families, and nobody has said whom one can recognise."""

    words = "enclosing.not_marked"


class MarkedBothError(Refusal):
    """Children are named, and it is said that none can be recognised."""

    words = "enclosing.marked_both"


def mark_photos(
    work: Work, files: Sequence[Attachment], children: Sequence[Child], *, nobody: bool, several_families: bool
) -> None:
    """Keep whom one can recognise on the pictures among these files. It asks no rights to the children: its callers do.

    Raises: NotMarkedError, MarkedBothError, NotConsentedError.
    """
    if not any(attachment.is_picture for attachment in files):
        return
    if nobody and children:
        raise MarkedBothError
    if several_families and not nobody and not children:
        raise NotMarkedError
    refused = list_refused(work, children)
    if refused:
        raise NotConsentedError([child.name for child in refused])
    mark_pictured(work, files, [child.id for child in children], nobody=nobody)


def list_refused(look: Look, children: Sequence[Child]) -> list[Child]:
    """Those who may not be on a picture today, in their order."""
    allowed = _list_allowed(look, {child.id: child for child in children})
    return [child for child in children if child.id not in allowed]


def list_barred(look: Look, attachment_ids: Collection[str]) -> set[str]:
    """Those of the files that nobody of a family may be shown now: somebody on it has not consented, or is protected, or the
    broadcast it went with was taken back."""
    barred = set(look.session.scalars(_RECALLED, {"ids": list(attachment_ids)}))
    pictured: dict[str, set[str]] = defaultdict(set)
    for attachment_id, child_id in look.session.execute(_PICTURED, {"ids": list(attachment_ids)}):
        pictured[attachment_id].add(child_id)
    if pictured:
        ids = set().union(*pictured.values())
        children = {child.id: child for child in look.session.scalars(sa.select(Child).where(Child.id.in_(ids)))}
        allowed = _list_allowed(look, children)
        barred |= {attachment_id for attachment_id, on_it in pictured.items() if not on_it <= allowed}
    return barred | set(look.session.scalars(_NAMELESS, {"ids": list(attachment_ids)}))


_IDS: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_PICTURED = sa.select(PicturedChild.attachment_id, PicturedChild.child_id).where(PicturedChild.attachment_id.in_(_IDS))
_RECALLED = (
    sa.select(Attachment.id)
    .join(Broadcast, Broadcast.id == Attachment.broadcast_id)
    .where(Attachment.id.in_(_IDS), Broadcast.state == BroadcastState.RECALLED)
)
_NAMELESS = sa.select(Attachment.id).where(
    Attachment.id.in_(_IDS),
    Attachment.shows == Shows.CHILDREN,
    ~sa.exists().where(PicturedChild.attachment_id == Attachment.id),
)
"""Those named on it are forgotten: whom it shows nobody can tell any more."""
_PLACED = (
    sa.select(Placement.child_id, Unit)
    .join(Unit, Unit.id == Placement.unit_id)
    .where(Placement.child_id.in_(sa.bindparam("children", expanding=True)))
)


def _list_allowed(look: Look, children: dict[str, Child]) -> set[str]:
    """By the day at each child's own units; on every one of them, where that differs."""
    days: dict[str, set[date]] = defaultdict(set)
    for child_id, unit in look.session.execute(_PLACED, {"children": list(children)}):
        days[child_id].add(unit.today(look.now))
    allowed: set[str] = {id_ for id_, child in children.items() if id_ in days and not child.protected}
    asked: dict[tuple[str, date], list[str]] = defaultdict(list)
    for child_id in allowed:
        for day in days[child_id]:
            asked[children[child_id].owner_id, day].append(child_id)
    for (owner_id, day), ids in asked.items():
        allowed -= set(ids) - list_usable(look, owner_id, ids, PHOTO, day)
    return allowed


_ENCLOSED = sa.select(Attachment.id, Attachment.message_id).where(Attachment.message_id.in_(_IDS))
_ENCLOSED_IN_BROADCAST = (
    sa.select(Attachment.id, BroadcastReceiver.message_id)
    .join(BroadcastReceiver, BroadcastReceiver.broadcast_id == Attachment.broadcast_id)
    .where(BroadcastReceiver.message_id.in_(_IDS))
)


def find_barred(look: Look, due: Collection[Delivery]) -> dict[str, str]:
    """Those of the deliveries whose message has a picture that may not be shown any more, each with a code."""
    message_ids = list({delivery.message_id for delivery in due})
    of: dict[str, set[str]] = defaultdict(set)
    for question in (_ENCLOSED, _ENCLOSED_IN_BROADCAST):
        for attachment_id, message_id in look.session.execute(question, {"ids": message_ids}):
            of[attachment_id].add(str(message_id))
    stopped = {message_id for attachment_id in list_barred(look, of) for message_id in of[attachment_id]}
    return {delivery.id: NO_CONSENT for delivery in due if delivery.message_id in stopped}


def has_barred(look: Look, broadcast_id: str) -> bool:
    """Whether a picture of the broadcast may not be shown any more."""
    ids = look.session.scalars(sa.select(Attachment.id).where(Attachment.broadcast_id == broadcast_id)).all()
    return bool(ids) and bool(list_barred(look, ids))
