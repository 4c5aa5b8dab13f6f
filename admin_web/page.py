"""What every page stands on: it is asked with typed parameters, by somebody whose session was looked up just now, and it
answers in their language.

A file of pages makes its `pages = Pages()` and marks its functions:

    @pages.get("/threads/{thread_id}")
    async def show_thread(visit: Visit, asked: ThreadAsked) -> web.StreamResponse:
        return visit.show("staff/thread.j2", **await visit.look(gather_thread, asked.thread_id))

    @pages.post("/threads/{thread_id}/answer")
    async def answer(visit: Visit, asked: AnswerAsked) -> web.StreamResponse:
        await visit.work(answer_thread, asked.thread_id, asked.text)
        return visit.go(f"/threads/{asked.thread_id}")

and the `__init__.py` of its folder lists the file; `Visit` is in `visiting.py` beside it. A Refusal that the page does not
catch becomes a calm page with its words; what is absent and what is forbidden become the same page.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_type_hints

from aiohttp import web

from admin_web import cookies
from admin_web.client import client_of, networks
from admin_web.cookies import Cookies
from admin_web.drawing import Drawing
from admin_web.files import Files
from admin_web.inlay import Inlay
from admin_web.kept_rows import KeptRows
from admin_web.live import Concerns, Live
from admin_web.parameters import Asked, local_path
from hub.asker import Asker
from hub.config import SiteSettings
from hub.database import ID_LENGTH
from hub.desk import Look, Refusal, Work
from hub.post.put_up import Upload
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.sign_in.tokens import form_token, new_token
from hub.site import SiteParts as SiteParts
from hub.words import Words

P = ParamSpec("P")
T = TypeVar("T")
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[web.StreamResponse]])

LANGUAGES = (("nb", "Norsk"), ("sv", "Svenska"), ("fi", "Suomi"), ("en", "English"))
THEMES = ("auto", "light", "dark")
SINCE = "since"
TOKEN_HEADER = "X-Budbok-Token"  # noqa: S105  # the name of a header


@dataclass(frozen=True, slots=True)
class Page:
    """One page or act. `guests` may see it without signing in; `fresh` asks for the second factor again. A `live` one is a
    stream, and is told where to begin. One that takes `files` gets them from whoever has signed in."""

    method: str
    path: str
    handler: Callable[..., Awaitable[web.StreamResponse]]
    asked: type[Asked] | None
    guests: bool
    fresh: bool
    live: bool = False
    files: bool = False

    @property
    def name(self) -> str:
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one file."""

    listed: list[Page] = field(default_factory=list)

    def get(self, path: str, *, guests: bool = False, fresh: bool = False) -> Callable[[Handler], Handler]:
        """A page that shows; it changes nothing."""
        return self._mark("GET", path, guests, fresh)

    def post(
        self, path: str, *, guests: bool = False, fresh: bool = False, files: bool = False
    ) -> Callable[[Handler], Handler]:
        """An act; its form carries the session's token, and where it may, `files`."""
        return self._mark("POST", path, guests, fresh, files=files)

    def live(self, path: str) -> Callable[[Handler], Handler]:
        """The stream of a page, which answers with `visit.live`."""
        return self._mark("GET", path, guests=False, fresh=False, live=True)

    def _mark(
        self, method: str, path: str, guests: bool, fresh: bool, live: bool = False, files: bool = False
    ) -> Callable[[Handler], Handler]:
        def mark(handler: Handler) -> Handler:
            asked = get_type_hints(handler).get("asked")
            self.listed.append(Page(method, path, handler, asked, guests, fresh, live, files))
            return handler

        return mark


class Session(Protocol):
    """What every site needs to know of a session that was found just now."""

    @property
    def id(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def seen_at(self) -> datetime: ...
    @property
    def is_faded(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class House:
    """What all visits of a site share. `home` is its first page; `frame` the template that its pages stand in; `visit` how
    whoever comes is received; `has_worker` where a script of ours keeps pages for reading offline."""

    parts: SiteParts
    settings: SiteSettings
    drawing: Drawing
    cookies: Cookies
    live: Live
    visit: "type[AnyVisit]"
    files: Files | None = None
    home: str = "/"
    frame: str = "pages/base.j2"
    has_worker: bool = False
    rows: KeptRows = field(default_factory=KeptRows)

    @property
    def origin(self) -> str:
        return self.settings.url


HOUSE = web.AppKey("HOUSE", House)
NONCE = web.RequestKey("NONCE", str)


@dataclass(slots=True)
class AnyVisit(ABC):
    """One request, and whoever makes it, on either site."""

    house: House
    request: web.Request
    page: Page | None
    session: Session | None
    session_token: str | None
    language: str
    guest_form: str | None
    words: Words
    place: str
    """How far the doorbell had rung when it began."""
    since: str | None = None
    """The mark that a live page told."""
    uploads: tuple[Upload, ...] = ()
    """The files that came with a form."""
    inlay: Inlay = field(default_factory=Inlay)

    @staticmethod
    @abstractmethod
    def find_session(look: Look, token: str) -> Any:
        """The live session of this token, or None."""

    @property
    @abstractmethod
    def asker(self) -> Asker:
        """For whom, how sure and why this visit asks."""

    @property
    @abstractmethod
    def way_in(self) -> str | None:
        """Where to go before this page may be seen; None when it may."""

    @abstractmethod
    async def note_use(self) -> None:
        """The session is in use, and does not end by itself yet."""

    @abstractmethod
    def own(self) -> dict[str, Any]:
        """What the shell of this site needs beside what every page is given: `nav`, `user`, `fade_minutes`."""

    @property
    def files(self) -> Files:
        """The files of the site."""
        if self.house.files is None:
            raise LookupError("this site has no files")
        return self.house.files

    @property
    def why(self) -> str:
        return f"page {self.page.name}" if self.page else "page"

    async def look(self, question: Callable[Concatenate[Look, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask as this visitor."""
        return await self.house.parts.desk.look(self.asker, question, *args, **kwargs)

    async def work(self, verb: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Act as this visitor."""
        return await self.house.parts.desk.work(self.asker, verb, *args, **kwargs)

    async def try_work(self, verb: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> T | Refusal:
        """What the verb answers, or the rule that said no; what may not be known of stays unknown."""
        try:
            return await self.work(verb, *args, **kwargs)
        except NotThereError:
            raise
        except Refusal as refusal:
            return refusal

    async def note_reading(self, ids: Sequence[str]) -> None:
        """Keep in the audit that these were read here; a page of personal data does so before it leaves.

        Source: security rule S10.2.
        """
        await self.house.parts.desk.work_in_round(self.asker, note, "read", ids)

    async def note_refusal(self) -> None:
        """Keep in the audit that what this address names was not shown."""
        await self.work(note, "refused", [part for part in self.request.match_info.values() if len(part) == ID_LENGTH])

    def say(self, utterance: str, **parameters: Any) -> str:
        return self.words.say(utterance, **parameters)

    def explain(self, refusal: Refusal) -> str:
        return self.words.say(refusal.words, **refusal.parameters)

    @property
    def form_token(self) -> str:
        """What the forms of this visit carry and must bring back."""
        if self.session_token is not None and self.session is not None:
            return form_token(self.session_token)
        if self.guest_form is None:
            self.guest_form = new_token()
        return self.house.parts.seal.derive("guest form", self.guest_form).hex()

    @property
    def is_partial(self) -> bool:
        """Whether a script asks for a piece of the page."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def client(self) -> str:
        """The address it comes from, for counting tries; "" where there is none."""
        return str(client_of(self.request, networks(self.house.settings.proxies)) or "")

    def show(self, template: str, *, status: int = 200, **facts: Any) -> web.Response:
        """Draw templates/pages/`template`; `facts` win over what every page is given. `live` gets its mark here."""
        if facts.get("live") and self.session_token is not None:
            facts["live"] = f"{facts['live']}?{SINCE}={self.house.live.mark(self.place, self.session_token)}"
        drawn = self.inlay.fill(self.house.drawing.draw(template, {**self._common(), **facts}))
        answer = web.Response(text=drawn, content_type="text/html", status=status)
        if self.session is None and self.guest_form is not None:
            self.house.cookies.set(answer, cookies.FORM, self.guest_form)
        return answer

    def go(self, path: str) -> web.Response:
        """Look at another page of this site, which the browser asks for with GET."""
        return web.Response(status=303, headers={"Location": local_path(path, self.house.home)})

    async def live(self, concerns: Concerns) -> web.StreamResponse:
        """A stream of "changed" events, while the session lives; a page asks for its pieces again when one comes.

        `concerns` is a question: whether any of these changed ids matters to what this visitor looks at. What it
        refuses is refused here.
        """
        if self.session_token is None:
            raise LookupError("this page has guests")
        await self.look(concerns, frozenset())
        return await self.house.live.serve(self.request, self.asker, self.session_token, concerns, self.since)

    def _common(self) -> dict[str, Any]:
        theme = self.house.cookies.read(self.request, cookies.THEME) or "auto"
        return {
            "t": self.words.say,
            "language": self.language,
            "languages": LANGUAGES,
            "theme": theme if theme in THEMES else "auto",
            "nonce": self.request[NONCE],
            "token": self.form_token,
            "here": self.request.path_qs if self.request.method == "GET" else self.house.home,
            "home": self.house.home,
            "frame": self.house.frame,
            "live": None,
            "toasts": [],
            **self.own(),
        }
