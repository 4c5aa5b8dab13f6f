"""People with an account at Telegram, as they write to a bot, press its buttons and read what it says."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.patience import PATIENCE

Json = dict[str, Any]


class Servant(Protocol):
    """What a person needs of the service. Each telling answers with the status of the bot's webhook."""

    def keep_file(self, content: bytes, path: str) -> Json: ...

    async def tell_message(
        self, person: "Person", content: Json, kind: str = "message", chat: Json | None = None
    ) -> int: ...

    async def tell_press(self, person: "Person", shown: "Shown", data: str) -> int: ...

    async def tell_membership(self, person: "Person", before: str, after: str, chat: Json | None = None) -> int: ...


@dataclass(slots=True)
class Shown:
    """A message of the bot's as a person sees it. `buttons` are labels with what each brings back."""

    message_id: int
    text: str
    buttons: dict[str, str]
    as_json: Json


@dataclass(slots=True)
class Person:
    """Somebody with an account, in their chat with the bot."""

    service: Servant
    id: int
    first_name: str
    has_started: bool = True
    has_blocked: bool = False
    is_gone: bool = False
    received: list[Shown] = field(default_factory=list)
    _seen: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, text: str) -> int:
        """The status that the webhook answered; 200 when updates are fetched."""
        return await self.service.tell_message(self, {"text": text})

    async def send_photo(self, content: bytes, caption: str = "") -> int:
        small = self.service.keep_file(content[:10], "photos/file_0.jpg")
        large = self.service.keep_file(content, "photos/file_1.jpg")
        sizes = [{**small, "width": 90, "height": 51}, {**large, "width": 1280, "height": 720}]
        return await self.service.tell_message(self, {"photo": sizes, **({"caption": caption} if caption else {})})

    async def send_document(self, content: bytes, name: str, mime_type: str) -> int:
        kept = self.service.keep_file(content, f"documents/{name}")
        return await self.service.tell_message(self, {"document": {**kept, "file_name": name, "mime_type": mime_type}})

    async def press(self, label: str, shown: Shown | None = None) -> int:
        """A button of the newest message that has it, or of an older one."""
        found = shown or next(message for message in reversed(self.received) if label in message.buttons)
        return await self.service.tell_press(self, found, found.buttons[label])

    async def block(self) -> int:
        self.has_blocked = True
        return await self.service.tell_membership(self, "member", "kicked")

    async def unblock(self) -> int:
        self.has_blocked = False
        return await self.service.tell_membership(self, "kicked", "member")

    def arrive(self, shown: Shown) -> None:
        self.received.append(shown)
        self._came.set()

    async def next_message(self, seconds: float = PATIENCE) -> Shown:
        """The oldest message not yet read."""
        async with asyncio.timeout(seconds):
            while len(self.received) <= self._seen:
                self._came.clear()
                await self._came.wait()
        self._seen += 1
        return self.received[self._seen - 1]

    def as_user(self) -> Json:
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": "nb"}

    def as_chat(self) -> Json:
        return {"id": self.id, "type": "private", "first_name": self.first_name}
