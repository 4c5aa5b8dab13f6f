"""Telegram's Bot API on loopback, as it is published: a bot's account, people who write to it, and what goes wrong there.

It knows nothing of the hub: it speaks HTTP, tells updates to the webhook it was given, or hands them to who asks.
Source: Telegram, "Bot API" 10.0.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from .telegram_people import Json, Person, Shown

TOKEN = "5550001:" + "r" * 35
BOT_NAME = "fjordvik_skoler_bot"
BOT_ID = 5550001
MOST_TEXT = 4096
MOST_DOWNLOAD = 20 * 1024 * 1024
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def as_json(self) -> Json:
        told: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return told | ({"parameters": self.parameters} if self.parameters else {})


@dataclass(slots=True)
class Faults:
    """What goes wrong next, in this order: an error that is told, "reset" before or "lost" after it is done, or "nonsense"."""

    coming: list[ApiError | str] = field(default_factory=list)

    def next_for(self, method: str) -> ApiError | str | None:
        return self.coming.pop(0) if self.coming and method == "sendMessage" else None


class TelegramService:
    """One bot's API, as `async with`. `url` is where it is, to be used in the place of https://api.telegram.org; `routes` are
    served beside it. Messages and updates are numbered from `first` on, so that two runs need have none in common."""

    def __init__(
        self, port: int = 0, now: Callable[[], int] = lambda: 1_741_000_000, token: str = TOKEN, first: int = 1
    ) -> None:
        self._port = port
        self._now = now
        self.token = token
        self._ids = itertools.count(first)
        self._updates = itertools.count(first + 90_000)
        self.routes: Sequence[web.RouteDef] = ()
        self._people: dict[int, Person] = {}
        self._files: dict[str, tuple[str, bytes]] = {}
        self._reach: dict[str, str] = {}
        self._asked = asyncio.Event()
        self.pending: list[Json] = []
        self.webhook = ""
        self.secret = ""
        self.allowed: list[str] = []
        self.faults = Faults()
        self.calls: list[tuple[str, Json]] = []
        self.answered_presses: list[str] = []
        self.groups: set[int] = set()
        self.is_away = False
        self.last_error = ""
        self.last: Json = {}
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_DOWNLOAD)
        app.router.add_post("/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        app.add_routes(self.routes)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        await self._runner.cleanup()

    def person(self, id_: int, first_name: str = "Anne") -> Person:
        return self._people.setdefault(id_, Person(self, id_, first_name))

    def reach(self, public: str, local: str) -> None:
        """Where calls to an address that the world would know really go."""
        self._reach[public] = local

    def keep_file(self, content: bytes, path: str) -> Json:
        number = next(self._ids)
        file_id = f"AgACAgIAAxkBAA{number:06}"
        folder, _, name = path.rpartition("/")
        self._files[file_id] = (f"{folder}/{number}_{name}", content)
        return {"file_id": file_id, "file_unique_id": f"AQAD{number:06}", "file_size": len(content)}

    async def tell_message(self, person: Person, content: Json, kind: str = "message", chat: Json | None = None) -> int:
        person.has_started = True
        message = {
            "message_id": next(self._ids),
            "from": person.as_user(),
            "chat": chat or person.as_chat(),
            "date": self._now(),
            **content,
        }
        return await self._tell({kind: message})

    async def tell_press(self, person: Person, shown: Shown, data: str) -> int:
        query = {
            "id": f"77{next(self._ids):016}",
            "from": person.as_user(),
            "message": shown.as_json,
            "chat_instance": "-1",
            "data": data,
        }
        return await self._tell({"callback_query": query})

    async def tell_membership(self, person: Person, before: str, after: str, chat: Json | None = None) -> int:
        bot = self._bot()
        change = {
            "chat": chat or person.as_chat(),
            "from": person.as_user(),
            "date": self._now(),
            "old_chat_member": {"user": bot, "status": before, "until_date": 0},
            "new_chat_member": {"user": bot, "status": after, "until_date": 0},
        }
        return await self._tell({"my_chat_member": change})

    async def tell_again(self) -> list[int]:
        """What the webhook has not taken is told once more, the oldest first."""
        waiting, self.pending = self.pending, []
        return [await self._post(update) for update in waiting]

    async def tell_update_again(self) -> int:
        """The latest update, though it was taken."""
        return await self._post(self.last)

    def write_update(self, person: Person, text: str) -> bytes:
        """An update with a message, as it would be posted."""
        message = {
            "message_id": next(self._ids),
            "from": person.as_user(),
            "chat": person.as_chat(),
            "date": self._now(),
            "text": text,
        }
        return json.dumps({"update_id": next(self._updates), "message": message}).encode()

    async def _tell(self, content: Json) -> int:
        update = {"update_id": next(self._updates), **content}
        kind = next(iter(content))
        if self.allowed and kind not in self.allowed:
            return 200
        if not self.webhook:
            self.pending.append(update)
            self._asked.set()
            return 200
        return await self._post(update)

    async def _post(self, update: Json) -> int:
        status = await self.post(json.dumps(update).encode(), self.secret)
        if not 200 <= status < 300:
            self.pending.append(update)
            self.last_error = f"Wrong response from the webhook: {status}"
        self.last = update
        return status

    async def post(self, body: bytes, secret: str | None, content_type: str = "application/json") -> int:
        """Whatever somebody posts to the webhook."""
        url = self.webhook
        for public, local in self._reach.items():
            url = url.replace(public, local)
        headers = {"Content-Type": content_type} | ({SECRET_HEADER: secret} if secret is not None else {})
        async with self._http.post(url, data=body, headers=headers) as answer:
            return answer.status

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _answer(ApiError(401, "Unauthorized"))
        method = request.match_info["method"]
        asked = _read_form((await request.read()).decode())
        self.calls.append((method, asked))
        handler: Callable[[Json], Awaitable[Any]] | None = getattr(self, f"_do_{method}", None)
        if handler is None:
            return _answer(ApiError(404, "Not Found"))
        if self.is_away:
            return _answer(ApiError(502, "Bad Gateway"))
        fault = self.faults.next_for(method)
        if isinstance(fault, ApiError):
            return _answer(fault)
        if fault == "reset":
            return _hang_up(request)
        try:
            result = await handler(asked)
        except ApiError as error:
            return _answer(error)
        if fault == "lost":
            return _hang_up(request)
        if fault == "nonsense":
            return web.Response(text="<html>hello</html>", content_type="text/html")
        return web.json_response({"ok": True, "result": result})

    async def _do_getMe(self, _: Json) -> Json:  # noqa: N802 - its name
        return {**self._bot(), "can_join_groups": True, "can_read_all_group_messages": False}

    async def _do_setWebhook(self, asked: Json) -> bool:  # noqa: N802
        self.webhook = str(asked.get("url", ""))
        if self.webhook and not self.webhook.startswith("https://"):
            self.webhook = ""
            raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.secret = str(asked.get("secret_token", ""))
        self.allowed = list(asked.get("allowed_updates", []))
        return True

    async def _do_deleteWebhook(self, _: Json) -> bool:  # noqa: N802
        self.webhook = ""
        return True

    async def _do_getWebhookInfo(self, _: Json) -> Json:  # noqa: N802
        told = {
            "url": self.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
            "max_connections": 40,
        }
        if self.last_error:
            told |= {"last_error_date": self._now(), "last_error_message": self.last_error}
        return told | ({"allowed_updates": self.allowed} if self.allowed else {})

    async def _do_getUpdates(self, asked: Json) -> list[Json]:  # noqa: N802
        if self.webhook:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; delete it first")
        offset = int(asked.get("offset", 0))
        self.pending = [update for update in self.pending if update["update_id"] >= offset]
        self.allowed = list(asked.get("allowed_updates", self.allowed))
        if not self.pending:
            self._asked.clear()
            try:
                async with asyncio.timeout(int(asked.get("timeout", 0))):
                    await self._asked.wait()
            except TimeoutError:
                pass
        return self.pending[:100]

    async def _do_sendMessage(self, asked: Json) -> Json:  # noqa: N802
        person = self._people.get(int(asked["chat_id"]))
        if person is None or not person.has_started:
            raise ApiError(400, "Bad Request: chat not found")
        if person.has_blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if person.is_gone:
            raise ApiError(403, "Forbidden: user is deactivated")
        text = str(asked.get("text", ""))
        if not text:
            raise ApiError(400, "Bad Request: message text is empty")
        if len(text) > MOST_TEXT:
            raise ApiError(400, "Bad Request: message is too long")
        message: Json = {
            "message_id": next(self._ids),
            "from": self._bot(),
            "chat": person.as_chat(),
            "date": self._now(),
            "text": text,
        }
        markup = asked.get("reply_markup")
        buttons: dict[str, str] = {}
        if markup:
            message["reply_markup"] = markup
            buttons = {b["text"]: b["callback_data"] for row in markup["inline_keyboard"] for b in row}
            if any(not 1 <= len(data.encode()) <= 64 for data in buttons.values()):
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        person.arrive(Shown(message["message_id"], text, buttons, message))
        return message

    async def _do_answerCallbackQuery(self, asked: Json) -> bool:  # noqa: N802
        self.answered_presses.append(str(asked["callback_query_id"]))
        return True

    async def _do_leaveChat(self, asked: Json) -> bool:  # noqa: N802
        self.groups.discard(int(asked["chat_id"]))
        return True

    async def _do_getFile(self, asked: Json) -> Json:  # noqa: N802
        found = self._files.get(str(asked["file_id"]))
        if found is None:
            raise ApiError(400, "Bad Request: invalid file_id")
        path, content = found
        if len(content) > MOST_DOWNLOAD:
            raise ApiError(400, "Bad Request: file is too big")
        return {"file_id": asked["file_id"], "file_unique_id": "AQAD", "file_size": len(content), "file_path": path}

    async def _serve_file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _answer(ApiError(404, "Not Found"))
        content = next((kept for path, kept in self._files.values() if path == request.match_info["path"]), None)
        return _answer(ApiError(404, "Not Found")) if content is None else web.Response(body=content)

    @staticmethod
    def _bot() -> Json:
        return {"id": BOT_ID, "is_bot": True, "first_name": "Fjordvik", "username": BOT_NAME}


def _read_form(body: str) -> Json:
    """Lists and objects come as JSON within a form."""
    asked: Json = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        is_json = name in ("allowed_updates", "reply_markup", "link_preview_options")
        asked[name] = json.loads(value) if is_json else value
    return asked


def _answer(error: ApiError) -> web.Response:
    return web.json_response(error.as_json(), status=error.code)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()
