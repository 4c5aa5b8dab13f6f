"""FaR, Sweden's register of who has a digital mailbox, from whom they take post there, and at which operator: asked for each
sending anew, and nothing of it is kept.

Source: Mina meddelanden, Recipient v3, isReachable; digg.se, "Teknisk beskrivning av digital post".
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from channels.letters import soap
from channels.letters.minameddelanden_settings import MinameddelandenSettings
from channels.letters.own_certificate import CertifiedOutside
from channels.letters.xml_answer import Told
from channels.letters.xml_node import Node
from hub.config import LOOPBACK_NAMES
from hub.mailroom.service import Reach, Way
from hub.post.channel import TryLaterError, UnknownFateError

RECIPIENT = "http://minameddelanden.gov.se/schema/Recipient/v3"
PREFIXES = {soap.SOAP: "soap", RECIPIENT: "r"}
ASKED_AT_ONCE = 1000
OF_AGE = 18
_NATIONAL_ID = re.compile(r"[0-9]{12}")
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """How one person is reached now, and the operator's address where it is there; else ""."""

    reach: Reach
    address: str = ""


NOBODY = Mailbox(Reach(Way.PAPER, "unknown"))
NO_MAILBOX = Mailbox(Reach(Way.PAPER, "no_mailbox"))
REFUSES_US = Mailbox(Reach(Way.PAPER, "reserved"))


class MinameddelandenRegister:
    """FaR, as one sender asks it."""

    def __init__(self, settings: MinameddelandenSettings, outside: CertifiedOutside) -> None:
        self._settings = settings
        self._outside = outside

    async def look_up(self, national_ids: Sequence[str], today: date) -> dict[str, Mailbox]:
        """Each of them. Who is not of age is not asked for, and has paper. Raises: TryLaterError, RejectedError."""
        found = dict.fromkeys(national_ids, NOBODY)
        grown = [one for one in found if _NATIONAL_ID.fullmatch(one) and _is_of_age(one, today)]
        found |= {one: NO_MAILBOX for one in found if _NATIONAL_ID.fullmatch(one) and one not in grown}
        for start in range(0, len(grown), ASKED_AT_ONCE):
            part = grown[start : start + ASKED_AT_ONCE]
            found |= self._read(await self.ask(part), frozenset(part))
        return found

    async def ask(self, national_ids: Sequence[str]) -> list[Told]:
        """What is told, of nobody where nobody is asked for. Raises: TryLaterError, RejectedError."""
        ids = (Node(RECIPIENT, "recipientId", one) for one in national_ids)
        question = Node(RECIPIENT, "isReachable", (Node(RECIPIENT, "senderOrgNr", self._settings.sender_id), *ids))
        try:
            told = await soap.ask(
                self._outside, self._settings.url, soap.envelop(question, PREFIXES), self._settings.answer_seconds
            )
        except (TryLaterError, UnknownFateError) as error:
            after = error.after if isinstance(error, TryLaterError) else None
            raise TryLaterError(error.reason, after, whole_channel=True) from None
        if not list(told.list_all("isReachableResponse")):
            raise TryLaterError("nonsense", whole_channel=True)
        return list(told.list_all("return"))

    def _read(self, told: Sequence[Told], asked: frozenset[str]) -> dict[str, Mailbox]:
        """Of whom something is told twice, the more careful of the two counts; of whom what is told makes no sense, nothing is
        known. Raises: TryLaterError, where none of it makes sense."""
        found: dict[str, Mailbox] = {}
        makes_sense = not told
        for one in told:
            national_id, mailbox = "", NOBODY
            try:
                national_id = one.find_text("RecipientId")
                mailbox = self._read_one(one)
                makes_sense = True
            except (ValueError, KeyError):
                log.warning("FaR told of somebody what makes no sense, so their letters go on paper")
            if national_id in asked and (national_id not in found or mailbox.reach.way is Way.PAPER):
                found[national_id] = mailbox
        if not makes_sense:
            raise TryLaterError("nonsense")
        return found

    def _read_one(self, told: Told) -> Mailbox:
        """Raises: ValueError, KeyError for what makes no sense."""
        is_accepted, is_pending = _TRUTHS[told.find_text("SenderAccepted")], _TRUTHS[told.find_text("Pending")]
        address = told.find_text("ServiceAdress")
        if not is_accepted:
            return REFUSES_US
        if is_pending or not address:
            return NO_MAILBOX
        if not self._is_listed(address):
            log.warning(
                "FaR leads to an operator that the settings do not name, so its letters go on paper",
                extra={"host": urlsplit(address).hostname or ""},
            )
            return NO_MAILBOX
        return Mailbox(Reach(Way.MAILBOX, "mailbox"), address)

    def _is_listed(self, address: str) -> bool:
        parts = urlsplit(address)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES)
        return is_safe and not self._settings.operators.isdisjoint({parts.netloc.lower(), parts.hostname or ""})


def _is_of_age(national_id: str, today: date) -> bool:
    """By the birth date in it; of a coordination number 60 is added to the day."""
    year, month, day = int(national_id[:4]), int(national_id[4:6]), int(national_id[6:8]) % 60
    return (today.year - year) - ((today.month, today.day) < (month, day)) >= OF_AGE
