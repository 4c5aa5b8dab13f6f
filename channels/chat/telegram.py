"""Telegram, by way of a bot of the owner's: words come by webhook or are asked for, and each message is sent honestly once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions

from channels.chat.telegram_api import asking, make_bot, sending
from channels.chat.telegram_courtesies import Courtesies
from channels.chat.telegram_files import TelegramFiles
from channels.chat.telegram_polling import Polling
from channels.chat.telegram_settings import TelegramSettings
from channels.chat.telegram_turns import Turns
from channels.chat.telegram_updates import LETTERS_IN_DATA, NAME, WANTED, Reader, chat_id_of, write_press
from channels.chat.telegram_webhook import PLACE, Webhook
from hub.address import CHAT
from hub.outside import Outside
from hub.post.channel import (
    Choice,
    Envelope,
    Fetched,
    Inbound,
    Inbox,
    Limits,
    MediaLink,
    Receipt,
    RejectedError,
    Report,
    TryLaterError,
)
from hub.post.chats import Says
from hub.post.deliveries import Status

MOST_LETTERS = 4096
PORTS = frozenset({443, 80, 88, 8443})
"""Where Telegram calls a webhook. Source: Telegram, "Bot API", "setWebhook"."""


class TelegramChannel:
    """One bot. `public_url` is the hub's own address as Telegram reaches it, without the path."""

    Settings = TelegramSettings
    name = NAME
    kind = CHAT
    path = f"/{NAME}"

    def __init__(self, settings: TelegramSettings, outside: Outside, public_url: str) -> None:
        self.limits = Limits(length=MOST_LETTERS, buttons=True, receipts=False)
        self.handle = settings.bot
        self.number = settings.number
        self.says = settings.says
        self.says_of: Mapping[str, Says] = settings.says_of
        self._settings = settings
        self._bot = make_bot(settings, outside)
        self._files = TelegramFiles(settings, self._bot, outside)
        self._reader = Reader(self._bot, settings.bot_id, settings.number)
        self._courtesies = Courtesies(self._bot)
        self._turns: Turns | None = None
        self._webhook_url = f"{public_url.rstrip('/')}{self.path}{PLACE}"

    def listen(self, inbox: Inbox) -> web.Application:
        """The webhook's route; or, where updates are asked for, none and a task that asks while the site is served."""
        application = web.Application()
        application.cleanup_ctx.append(self._be_courteous)
        if self._settings.updates == "webhook":
            secret = self._settings.secret.get_secret_value()
            webhook = Webhook(secret, self._reader, self._courtesies, inbox)
            application.router.add_post(PLACE, webhook.take)
        else:
            polling = Polling(self._bot, self._reader, self._courtesies, inbox, self._settings.answer_seconds)

            async def poll(_: web.Application) -> AsyncIterator[None]:
                task = asyncio.create_task(polling.run(), name="telegram's updates")
                yield
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

            application.cleanup_ctx.append(poll)
        return application

    async def _be_courteous(self, _: web.Application) -> AsyncIterator[None]:
        yield
        await self._courtesies.stop()

    async def send(self, envelope: Envelope) -> Receipt:
        """A receipt says that Telegram has it; nothing will ever tell whether it was read."""
        try:
            chat_id = chat_id_of(envelope.recipient.value)
        except ValueError:
            raise RejectedError("no_chat") from None
        await self._take_turns().wait(envelope.recipient.value)
        with sending():
            message = await self._bot.send_message(
                chat_id,
                envelope.text,
                reply_markup=_make_buttons(envelope.delivery_id, envelope.choices),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
            return Receipt(f"{chat_id}:{message.message_id}", Status.SENT)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Telegram lets nobody look: what may have gone is sent once more."""
        return None

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        """Nothing: it keeps an update for a day, until we have said yes to it."""
        return []

    async def fetch_media(self, link: MediaLink) -> Fetched:
        """Raises: TryLaterError, RejectedError."""
        return await self._files.fetch(link)

    async def check(self) -> list[str]:
        try:
            with asking():
                account = await self._bot.get_me()
        except TryLaterError as error:
            if error.whole_channel:
                return [f"Telegram refuses the bot's token ({error.reason})."]
            return [f"Telegram cannot be reached now, or gives no usable answer ({error.reason})."]
        if (account.username or "").casefold() != self.handle.casefold():
            return ["The token belongs to another bot than the settings name: families would write to the wrong one."]
        return []

    async def is_pointed_here(self) -> bool:
        """Whether updates come the way that the settings say, and are taken. Raises: TryLaterError."""
        with asking():
            told = await self._bot.get_webhook_info()
        if self._settings.updates == "polling":
            return not told.url
        is_refused = bool(told.last_error_message) and bool(told.pending_update_count)
        return told.url == self._webhook_url and set(told.allowed_updates or ()) == set(WANTED) and not is_refused

    async def point_here(self) -> None:
        """Let updates come the way that the settings say; what waits is not dropped. Raises: TryLaterError, RejectedError."""
        if self._settings.updates == "polling":
            with asking():
                await self._bot.delete_webhook(drop_pending_updates=False)
            return
        address = urlsplit(self._webhook_url)
        if address.scheme != "https" or (address.port or 443) not in PORTS:
            raise RejectedError("no_https")
        with asking():
            await self._bot.set_webhook(
                self._webhook_url,
                secret_token=self._settings.secret.get_secret_value(),
                allowed_updates=list(WANTED),
                drop_pending_updates=False,
            )

    def _take_turns(self) -> Turns:
        if self._turns is None:
            clock = asyncio.get_running_loop().time
            self._turns = Turns(self._settings.pace_per_second, self._settings.chat_pace_per_second, clock)
        return self._turns


def _make_buttons(delivery_id: str, choices: tuple[Choice, ...]) -> InlineKeyboardMarkup | None:
    """One below the other, so that none is cut off; what does not fit a button may still be written."""
    rows = [
        (InlineKeyboardButton(choice.label, callback_data=data),)
        for choice in choices
        if len((data := write_press(delivery_id, choice.answer)).encode()) <= LETTERS_IN_DATA
    ]
    return InlineKeyboardMarkup(rows) if rows else None
