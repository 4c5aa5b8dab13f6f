"""For whom the integration point has a letter by one of our ids, and how one for somebody else is kept from them.

Source: docs.digdir.no, eFormidling; felleslosninger/efm-integrasjonspunkt, conversations and messages/out.
"""

from typing import Any
from urllib.parse import quote

from channels.json_object import read_object
from channels.letters.integration_point import IntegrationPoint, explain_prepared
from hub.outside import Answer
from hub.post.channel import SendError, TryLaterError

GOOD = (200, 204)
NOT_TOLD = (400, 404, 405)


class EformidlingReceivers:
    """Receivers as the integration point has them, by the id of a letter."""

    def __init__(self, point: IntegrationPoint) -> None:
        self._point = point

    async def is_for(self, parcel_id: str, national_id: str) -> bool:
        """Whether the letter is for this person. Raises: TryLaterError, also where nobody tells whom it is for."""
        name = quote(parcel_id, safe="")
        receiver = _read_conversation(await self._look(f"/conversations/messageId/{name}"))
        if receiver is None:
            receiver = _read_document(await self._look(f"/messages/out/{name}"))
        if receiver is None:
            raise TryLaterError("receiver_not_told")
        return receiver == national_id

    async def delete(self, parcel_id: str) -> bool:
        """Take an unsent letter away; whether that was done. Its id is used up all the same. Raises: TryLaterError."""
        answer = await self._point.prepare("DELETE", f"/messages/out/{quote(parcel_id, safe='')}")
        return answer.status in GOOD

    async def _look(self, path: str) -> dict[str, Any]:
        """What is told there; nothing where that is none. Raises: TryLaterError."""
        answer: Answer = await self._point.prepare("GET", path)
        if answer.status in NOT_TOLD:
            return {}
        if answer.status != 200:
            error: SendError = explain_prepared(answer)
            raise error if isinstance(error, TryLaterError) else TryLaterError(error.reason) from None
        try:
            return read_object(answer.body)
        except ValueError:
            raise TryLaterError("nonsense") from None


def _read_conversation(told: dict[str, Any]) -> str | None:
    return _read_number(told.get("receiverIdentifier"))


def _read_document(told: dict[str, Any]) -> str | None:
    """None where it has no receiver, or several."""
    try:
        (receiver,) = told["standardBusinessDocumentHeader"]["receiver"]
        return _read_number(receiver["identifier"]["value"])
    except (KeyError, TypeError, ValueError):
        return None


def _read_number(told: object) -> str | None:
    """The number alone, where an authority stands before it."""
    return told.rpartition(":")[2].strip() or None if isinstance(told, str) else None
