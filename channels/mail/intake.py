"""What becomes of a mail that was taken in: bounces are reported, the rest is judged and kept, before anybody is told yes."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from channels.mail.automatic import is_automatic
from channels.mail.bounces import read_bounce_report
from channels.mail.handed_in import HandedIn
from channels.mail.judging import is_disowned, is_proven
from channels.mail.quoting import cut_signature
from channels.mail.reading import Mail, UnreadableError, read_mail, short_id
from channels.mail.resolver import AtHand, CannotTellError, NotAtHandError, Resolver
from hub.address import MAIL, Address
from hub.post.channel import BusyError, Inbound, Inbox, Mailbox, MediaLink

KEPT = "250 2.0.0 Kept"
LATER = "451 4.3.0 Please try again later"
UNREADABLE = "554 5.6.0 This mail cannot be read"
AT_ONCE = 8
SMALL_BYTES = 16 * 1024
SECONDS = 60.0
MOST_FILES = 20
UNPROVEN, AUTOMATIC, NOT_ADDRESSED, ONLY_QUOTED = "unproven", "automatic", "not_addressed", "only_quoted"
NOBODY = "unknown"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail, for the mailboxes and the bounced deliveries that it was sent to."""

    content: bytes
    handed_in: HandedIn
    mailboxes: Sequence[Mailbox]
    bounced: Sequence[str]


class Intake:
    """Reads a few mails at a time, in threads of its own, so that a slow name server holds up nothing but other mail."""

    def __init__(self, domain: str, resolver: Resolver, inbox: Inbox) -> None:
        self._domain = domain
        self._resolver = resolver
        self._threads = ThreadPoolExecutor(AT_ONCE, "mail")
        self._inbox = inbox
        self._room = asyncio.Semaphore(AT_ONCE)

    def close(self) -> None:
        """Nothing more is read; a mail that waits for a name server is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def take(self, taken: Taken) -> str:
        """The answer to the end of the mail. A fault of ours is told in no words. Source: security rules S7.3 and S11."""
        try:
            async with asyncio.timeout(SECONDS):
                async with self._room:
                    mail, inbounds = await self._read_somewhere(taken)
                for delivery_id in taken.bounced:
                    report = read_bounce_report(mail.headers, delivery_id)
                    if report is not None:
                        await self._inbox.report(report)
                for inbound in inbounds:
                    await self._inbox.receive(inbound)
        except UnreadableError:
            return UNREADABLE
        except (BusyError, CannotTellError, TimeoutError):
            return LATER
        except Exception as error:  # its words may be the sender's
            log.error(
                "a mail could not be kept", extra={"error": type(error).__name__, "reference": secrets.token_hex(4)}
            )
            return LATER
        return KEPT

    async def _read_somewhere(self, taken: Taken) -> tuple[Mail, list[Inbound]]:
        """A small mail whose sender's records are at hand is read at once: that costs less than handing it to a thread."""
        if len(taken.content) <= SMALL_BYTES:
            try:
                return self._read(taken, AtHand(self._resolver))
            except NotAtHandError:
                pass
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, taken, self._resolver)

    def _read(self, taken: Taken, resolver: Resolver) -> tuple[Mail, list[Inbound]]:
        mail = read_mail(taken.content)
        return mail, [self._make_inbound(taken, mail, mailbox, resolver) for mailbox in taken.mailboxes]

    def _make_inbound(self, taken: Taken, mail: Mail, mailbox: Mailbox, resolver: Resolver) -> Inbound:
        doubt = self._find_doubt(taken, mail, mailbox, resolver)
        answers = mailbox.work_mail_id if doubt is None and mailbox.writer == mail.sender else None
        key = mail.key(mailbox.number, doubt or "")
        return Inbound(
            channel=MAIL,
            key=key,
            sender=Address(MAIL, mail.sender or NOBODY),
            recipient=Address(MAIL, mailbox.number),
            text=_read_answer(mail) if answers else mail.text,
            provider_id=short_id(mail.message_id),
            media=tuple(
                MediaLink(f"{key}#{index}", file.content_type) for index, file in enumerate(mail.files[:MOST_FILES])
            ),
            original=taken.content,
            doubt=doubt,
            answers=answers,
        )

    def _find_doubt(self, taken: Taken, mail: Mail, mailbox: Mailbox, resolver: Resolver) -> str | None:
        """Why it may not be answered. A reply token proves its own writer, and nobody else. Source: S1.7 and S1.8."""
        if is_automatic(mail.headers, mail.sender, taken.handed_in.sender, self._domain):
            return AUTOMATIC
        if not mail.sender:
            return UNPROVEN
        is_answer = mailbox.writer is not None and mailbox.writer == mail.sender
        if mail.only_quoted and not (is_answer and mailbox.work_mail_id):
            return ONLY_QUOTED
        if is_answer and not is_disowned(mail.sender, resolver):
            return None
        if not is_answer and not mail.is_addressed_to(self._domain, mailbox.number.removeprefix("+")):
            return NOT_ADDRESSED
        return None if is_proven(taken.content, mail.sender, taken.handed_in, resolver) else UNPROVEN


def _read_answer(mail: Mail) -> str:
    """What one of the staff wrote themselves; empty where there is nothing but what they answer."""
    return "" if mail.only_quoted else cut_signature(mail.text)
