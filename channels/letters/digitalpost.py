"""Digital post in Denmark: letters into Digital Post, by KombiPostAfsend of the municipalities' Serviceplatform.

What goes to paper is the hub's to decide and the office's to print, so nothing is handed to the platform's own physical post.
What becomes of a letter is told by a message broker (SF1461), which is not listened to: a letter is known to be handed over,
and no more. Source: KOMBIT, SF1601 KombiPostAfsend and PostForespoerg; digitaliser.dk, MeMo.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence

from channels.json_object import read_object
from channels.letters.certificates import BAD_CERTIFICATE, advise_certificate
from channels.letters.digitalpost_memo import write_request
from channels.letters.digitalpost_settings import TABLE, DigitalpostSettings
from channels.letters.digitalpost_token import NO_ANSWER, NONSENSE, REFUSED
from channels.letters.own_certificate import CertifiedOutside, read_certificate
from channels.letters.serviceplatform import Serviceplatform, explain
from channels.letters.xml_answer import read_xml
from hub.clock import Clock, SystemClock
from hub.mailroom.service import News, Parcel, Reach, Way
from hub.outside import Answer, Outside
from hub.post.channel import AddressGoneError, Receipt, RejectedError, TryLaterError, UnknownFateError

ASKED_AT_ONCE = 100
AT_A_TIME = 8
SEND = "http://entityid.kombit.dk/service/kombipostafsend/1"
ASK = "http://entityid.kombit.dk/service/postforespoerg/1"
REGISTERED, MEMOS = "/service/PostForespoerg_1/digitalpost", "/service/KombiPostAfsend_1/memos"
GOOD = (200, 201, 202)
SAME_AGAIN = 409
_NATIONAL_ID = re.compile(r"[0-9]{10}")


class DigitalpostService:
    """One municipality's agreement with the Serviceplatform. Raises: SettingsError when its certificate is none."""

    Settings = DigitalpostSettings
    name = "digitalpost"
    country = "DK"
    asked_at_once = ASKED_AT_ONCE
    tells = False

    def __init__(self, settings: DigitalpostSettings, outside: Outside, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        own = read_certificate(settings.certificate, settings.key.get_secret_value(), TABLE)
        certified = CertifiedOutside(own, settings.authority, outside)
        self._own = own
        self._to_ask = Serviceplatform(ASK, settings, certified, self._clock)
        self._to_send = Serviceplatform(SEND, settings, certified, self._clock)

    async def look_up(self, national_ids: Sequence[str]) -> Mapping[str, Reach]:
        """Who is registered for Digital Post; the platform is asked for each, some at a time. It tells no more: who is exempt,
        and who does not exist, is "no_mailbox" alike. Raises: TryLaterError, RejectedError."""
        found = dict.fromkeys(national_ids, Reach(Way.PAPER, "unknown"))
        seats = asyncio.Semaphore(AT_A_TIME)

        async def ask_for(one: str) -> None:
            async with seats:
                is_there = await self._is_registered(one)
            found[one] = Reach(Way.MAILBOX, "mailbox") if is_there else Reach(Way.PAPER, "no_mailbox")

        try:
            async with asyncio.TaskGroup() as group:
                for one in found:
                    if _NATIONAL_ID.fullmatch(one):
                        group.create_task(ask_for(one))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return found

    async def _is_registered(self, national_id: str) -> bool:
        """Raises: TryLaterError, RejectedError."""
        try:
            answer = await self._to_ask.ask("GET", REGISTERED, params={"cprNumber": national_id})
        except UnknownFateError as error:
            raise TryLaterError(error.reason) from None
        if answer.status != 200:
            no = explain(answer)
            raise TryLaterError(no.reason) if isinstance(no, UnknownFateError) else no
        try:
            is_registered = read_object(answer.body).get("result")
        except ValueError:
            raise TryLaterError("nonsense") from None
        if not isinstance(is_registered, bool):
            raise TryLaterError("nonsense")
        return is_registered

    async def send(self, parcel: Parcel) -> Receipt:
        """Whether its receiver is registered still, and then the message, whose UUID is the parcel's id and the platform's
        key: handed in again it is the same message. Raises: SendError."""
        if parcel.way is not Way.MAILBOX:
            raise RejectedError("no_such_way")
        body = write_request(parcel, self._settings, self._clock.now())
        if not await self._is_registered(parcel.national_id):
            raise AddressGoneError("not_registered")
        answer = await self._to_send.ask("POST", MEMOS, body=body)
        if answer.status != SAME_AGAIN:
            _check_taken(answer)
        return Receipt(parcel.id)

    async def find(self, parcel: Parcel) -> Receipt | None:
        """The platform cannot be asked for a message. None is no proof that nothing was taken, but the same parcel can be
        handed in again, since its message has the same UUID. Raises: TryLaterError while nothing can be handed in anyway."""
        await self._to_send.sign_in()
        return None

    async def news(self, cursor: str, open_ids: Sequence[str]) -> News:
        """Nothing: it is told by the broker alone."""
        return News([], cursor)

    async def check(self) -> list[str]:
        said = self._own.check(self._clock.now())
        for platform, what in ((self._to_ask, "PostForespoerg"), (self._to_send, "KombiPostAfsend")):
            try:
                await platform.sign_in()
            except TryLaterError as error:
                said.append(_advise(error.reason, what))
        return said


def _check_taken(answer: Answer) -> None:
    """A good status may come without a word, or with one that says no. Raises: SendError."""
    if answer.status not in GOOD:
        raise explain(answer)
    try:
        result = read_xml(answer.body).find_text("Result").lower() if answer.body.strip() else ""
    except ValueError:
        raise UnknownFateError("nonsense") from None
    if result == "false":
        raise RejectedError("refused")
    if result not in ("", "true"):
        raise UnknownFateError("nonsense")


def _advise(reason: str, what: str) -> str:
    if reason == REFUSED:
        return (
            f"We get no token for {what}: look at the certificate and the cvr in {TABLE}, and whether KOMBIT has granted "
            "the service agreement."
        )
    if reason == BAD_CERTIFICATE:
        return advise_certificate("the services that give tokens for " + what)
    if reason in (NO_ANSWER, NONSENSE):
        return f"The services that give tokens for {what} cannot be reached now, or give no usable answer ({reason})."
    return f"We get no token for {what} ({reason})."
