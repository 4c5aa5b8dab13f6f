"""What an update of the Bot API means: words, a pressed button, a bot that was blocked, a group to leave, or nothing to us.

Only what one person says in a chat of their own counts. Edits and reactions change nothing that was kept.
Source: Telegram, "Bot API", "Update"; security rules S7.2 and S7.10.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telegram import Bot, CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from channels.kept_text import show_unkeepable
from hub.address import CHAT, Address
from hub.database import ID_LENGTH
from hub.post.channel import Inbound, MediaLink
from hub.post.chats import BEHIND_NUMBER

NAME = "telegram"
WANTED = ("message", "channel_post", "callback_query", "my_chat_member")
"""The kinds of update that are asked for."""
LETTERS_IN_DATA = 64
SPLIT = ":"
_PRESSED = re.compile(rf"([0-9a-z]{{{ID_LENGTH}}}){SPLIT}([^\x00-\x1f]{{1,40}})")
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_NOT_OURS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP, ChatType.CHANNEL})
_CAME = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.RESTRICTED})


class NonsenseError(Exception):
    """It is no update."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be done about an update: keep this, answer that a button was pressed, leave a group."""

    update_id: int
    inbound: Inbound | None = None
    pressed: str | None = None
    leave: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the updates of one bot. `number` is ours that they come to until a chat's own is known."""

    bot: Bot
    bot_id: str
    number: str

    def read(self, body: bytes) -> Told:
        """An update as Telegram posts it. Raises: NonsenseError."""
        try:
            told = json.loads(body, object_pairs_hook=_once_each, parse_constant=_no_number)
            update = Update.de_json(told, self.bot) if isinstance(told, dict) else None
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError):
            raise NonsenseError from None
        if update is None:
            raise NonsenseError
        return self.explain(update)

    def explain(self, update: Update) -> Told:
        """Raises: NonsenseError."""
        if not _is_whole(update.update_id):
            raise NonsenseError
        try:
            if update.message is not None:
                return self._read_message(update.update_id, update.message)
            if update.callback_query is not None:
                return self._read_press(update.update_id, update.callback_query)
            if update.my_chat_member is not None:
                return self._read_membership(update.update_id, update.my_chat_member)
            if update.channel_post is not None:
                return Told(update.update_id, leave=update.channel_post.chat.id)
        except (ValueError, TypeError, AttributeError):
            raise NonsenseError from None
        return Told(update.update_id)

    def _read_message(self, update_id: int, message: Message) -> Told:
        chat, sender = message.chat, message.from_user
        if chat.type in _NOT_OURS:
            return Told(update_id, leave=chat.id)
        if chat.type != ChatType.PRIVATE or sender is None or sender.is_bot or sender.id != chat.id:
            return Told(update_id)
        text, media = _words_of(message), _files_of(message)
        if text is None and not media:
            return Told(update_id)
        own = show_unkeepable(text or "")
        inbound = self._make(update_id, chat.id, str(message.message_id), own, media=media)
        return Told(update_id, inbound)

    def _read_press(self, update_id: int, query: CallbackQuery) -> Told:
        found = _PRESSED.fullmatch(query.data or "")
        is_private = query.message is None or query.message.chat.id == query.from_user.id
        if found is None or not is_private:
            return Told(update_id, pressed=query.id)
        delivery_id, answer = found.groups()
        inbound = self._make(update_id, query.from_user.id, query.id, answer, behind=f"{BEHIND_NUMBER}{delivery_id}")
        return Told(update_id, inbound, pressed=query.id)

    def _read_membership(self, update_id: int, change: ChatMemberUpdated) -> Told:
        status = change.new_chat_member.status
        if change.chat.type != ChatType.PRIVATE:
            return Told(update_id, leave=change.chat.id if status in _CAME else None)
        if status != ChatMemberStatus.BANNED:
            return Told(update_id)
        return Told(update_id, self._make(update_id, change.chat.id, "blocked", "", opt_out="STOP"))

    def _make(
        self,
        update_id: int,
        chat_id: int,
        provider_id: str,
        text: str,
        *,
        media: tuple[MediaLink, ...] = (),
        behind: str = "",
        opt_out: str | None = None,
    ) -> Inbound:
        """Numbers of updates may begin anew after a quiet week, so the message's own is in the key too."""
        if not _is_whole(chat_id) or len(provider_id) > LETTERS_IN_DATA:
            raise NonsenseError
        return Inbound(
            channel=NAME,
            key=f"{NAME}:{self.bot_id}:{update_id}:{provider_id}",
            sender=Address(CHAT, f"{NAME}:{chat_id}"),
            recipient=Address(CHAT, f"{self.number}{behind}"),
            text=text,
            provider_id=provider_id,
            media=media,
            opt_out=opt_out,
        )


def write_press(delivery_id: str, answer: str) -> str:
    """What a button brings back: the delivery that showed it, and what it says for whoever presses it."""
    return f"{delivery_id}{SPLIT}{answer}"


def chat_id_of(value: str) -> int:
    """The number of a chat from its address. Raises: ValueError."""
    return int(value.removeprefix(f"{NAME}:"))


def _words_of(message: Message) -> str | None:
    """As they came. A place is told in degrees, a sticker by the sign that it stands for."""
    if message.text is not None or message.caption is not None:
        return message.text if message.text is not None else message.caption
    if message.location is not None:
        return f"{message.location.latitude:.5f}, {message.location.longitude:.5f}"
    if message.contact is not None:
        return f"{message.contact.first_name} {message.contact.phone_number}"
    return message.sticker.emoji if message.sticker is not None else None


def _files_of(message: Message) -> tuple[MediaLink, ...]:
    """The one file that a message may have; of a picture the largest of its sizes."""
    if message.photo:
        return (_link(message.photo[-1].file_id, "image/jpeg"),)
    for found in (message.document, message.voice, message.audio, message.video):
        if found is not None:
            return (_link(found.file_id, found.mime_type or ""),)
    return (_link(message.video_note.file_id, "video/mp4"),) if message.video_note is not None else ()


def _link(file_id: str, claimed_type: str) -> MediaLink:
    if not _FILE_ID.fullmatch(file_id):
        raise NonsenseError
    return MediaLink(f"{NAME}:{file_id}", claimed_type[:100])


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Raises: ValueError when a name is there twice."""
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a name twice")
    return told


def _no_number(_: str) -> None:
    raise ValueError("no number")
