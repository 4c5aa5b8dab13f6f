"""The chats of a rehearsal: each family's account at a pretended Telegram, on a page where one writes to the bot, presses its
buttons and blocks it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .telegram_people import Person, Shown
from .telegram_service import BOT_NAME, TelegramService

FIRST_ACCOUNT = 700_001
ANSWER_SECONDS = 4.0
_page = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "page"), autoescape=True, undefined=StrictUndefined
).get_template("chats.html")


@dataclass(frozen=True, slots=True)
class Line:
    """What stands in a chat: said by its owner, or shown by the bot."""

    text: str
    shown: Shown | None = None


@dataclass(slots=True)
class Chat:
    """One account. `said` are its owner's words, each behind so many of the bot's."""

    person: Person
    said: list[tuple[int, str]] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        lines = []
        for place in range(len(self.person.received) + 1):
            lines += [Line(words) for behind, words in self.said if behind == place]
            lines += [Line(shown.text, shown) for shown in self.person.received[place : place + 1]]
        return lines

    async def tell(self, words: str) -> None:
        """And wait a moment for the answer: nobody looks at a page that shows none."""
        self.said.append((len(self.person.received), words))
        await self.person.write(words)
        await self.answered()

    async def press(self, message_id: int, label: str) -> None:
        """Raises: HTTPNotFound."""
        shown = next((one for one in self.person.received if one.message_id == message_id), None)
        if shown is None or label not in shown.buttons:
            raise web.HTTPNotFound
        self.said.append((len(self.person.received), label))
        await self.person.press(label, shown)
        await self.answered()

    async def answered(self) -> None:
        with suppress(TimeoutError):
            await self.person.next_message(ANSWER_SECONDS)


class ChatsPage:
    """All chats, one of them open, served by the service itself."""

    def __init__(self, service: TelegramService) -> None:
        self._service = service
        self._chats: dict[int, Chat] = {}
        service.routes = [
            web.get("/", self._show),
            web.post("/say", self._say),
            web.post("/press", self._press),
            web.post("/block", self._block),
        ]

    def open_accounts(self, names: Sequence[str]) -> None:
        for account, name in enumerate(names, FIRST_ACCOUNT):
            self._chats[account] = Chat(self._service.person(account, name))

    async def _show(self, request: web.Request) -> web.Response:
        chat = self._find(request.query.get("who", str(FIRST_ACCOUNT))) if self._chats else None
        html = _page.render(chats=list(self._chats.values()), open=chat, bot=BOT_NAME)
        return web.Response(text=html, content_type="text/html")

    async def _say(self, request: web.Request) -> web.Response:
        form = await request.post()
        chat = self._find(str(form.get("who", "")))
        if words := str(form.get("words", "")).strip():
            await chat.tell(words)
        raise _back_to(chat)

    async def _press(self, request: web.Request) -> web.Response:
        form = await request.post()
        chat, number = self._find(str(form.get("who", ""))), str(form.get("message", ""))
        await chat.press(int(number) if number.isdecimal() else 0, str(form.get("label", "")))
        raise _back_to(chat)

    async def _block(self, request: web.Request) -> web.Response:
        """Blocked, or no longer."""
        chat = self._find(str((await request.post()).get("who", "")))
        await (chat.person.unblock() if chat.person.has_blocked else chat.person.block())
        raise _back_to(chat)

    def _find(self, account: str) -> Chat:
        """Raises: HTTPNotFound."""
        chat = self._chats.get(int(account) if account.isdecimal() else 0)
        if chat is None:
            raise web.HTTPNotFound
        return chat


def _back_to(chat: Chat) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/?who={chat.person.id}#newest")
