"""What becomes of a mail that was taken in: bounces are reported, the rest is judged and kept, before anybody is told yes."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from channels.mail.automatic import is_automatic
from channels.mail.bounces import read_bounce_report
from channels.mail.judging import Ask, CannotTellError, is_proven
from channels.mail.names import domain_of
from channels.mail.reading import Mail, UnreadableError, read_mail, short_id
from hub.address import MAIL, Address
from hub.post.channel import BusyError, Inbound, Inbox, Mailbox, MediaLink

KEPT = "250 2.0.0 Kept"
LATER = "451 4.3.0 Please try again later"
UNREADABLE = "554 5.6.0 This mail cannot be read"
AT_ONCE = 8
SECONDS = 60.0
MOST_FILES = 20
UNPROVEN, AUTOMATIC, NOT_ADDRESSED, ONLY_QUOTED = "unproven", "automatic", "not_addressed", "only_quoted"
NOBODY = "unknown"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail, for the mailboxes and the bounced deliveries that it was sent to."""

    content: bytes
    envelope_sender: str
    mailboxes: Sequence[Mailbox]
    bounced: Sequence[str]


class Intake:
    """Reads a few mails at a time, away from the loop; the others wait."""

    def __init__(self, domain: str, ask: Ask, inbox: Inbox) -> None:
        self._domain = domain
        self._ask = ask
        self._inbox = inbox
        self._room = asyncio.Semaphore(AT_ONCE)

    async def take(self, taken: Taken) -> str:
        """The answer to the end of the mail. A fault of ours is told in no words. Source: security rules S7.3 and S11."""
        try:
            async with asyncio.timeout(SECONDS):
                async with self._room:
                    mail, inbounds = await asyncio.to_thread(self._read, taken)
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
        except Exception:
            log.exception("a mail could not be kept", extra={"reference": secrets.token_hex(4)})
            return LATER
        return KEPT

    def _read(self, taken: Taken) -> tuple[Mail, list[Inbound]]:
        mail = read_mail(taken.content)
        return mail, [self._make_inbound(taken, mail, mailbox) for mailbox in taken.mailboxes]

    def _make_inbound(self, taken: Taken, mail: Mail, mailbox: Mailbox) -> Inbound:
        doubt = self._find_doubt(taken, mail, mailbox)
        key = mail.key(mailbox.number, doubt or "")
        return Inbound(
            channel=MAIL,
            key=key,
            sender=Address(MAIL, mail.sender or NOBODY),
            recipient=Address(MAIL, mailbox.number),
            text=mail.text,
            provider_id=short_id(mail.message_id),
            media=tuple(
                MediaLink(f"{key}#{index}", file.content_type) for index, file in enumerate(mail.files[:MOST_FILES])
            ),
            original=taken.content,
            doubt=doubt,
        )

    def _find_doubt(self, taken: Taken, mail: Mail, mailbox: Mailbox) -> str | None:
        """Why it may not be answered. A reply token proves its own writer, and nobody else. Source: S1.7 and S1.8."""
        if is_automatic(mail.headers, mail.sender, taken.envelope_sender, self._domain):
            return AUTOMATIC
        if not mail.sender:
            return UNPROVEN
        if mail.only_quoted:
            return ONLY_QUOTED
        if mailbox.writer is not None and mailbox.writer == mail.sender:
            return None
        if not mail.is_addressed_to(self._domain, mailbox.number.removeprefix("+")):
            return NOT_ADDRESSED
        return None if is_proven(taken.content, domain_of(mail.sender), self._ask) else UNPROVEN
