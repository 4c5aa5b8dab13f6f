"""Draws pages from templates/, and knows the files under static/ by a version that changes when any of them does."""

import hashlib
from collections.abc import Hashable, Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from admin_web.kept_rows import TOKEN_PLACE, Draw, KeptRows
from hub.costly_letters import LETTERS
from hub.words import Words

TEMPLATES = Path(__file__).parent.parent / "templates"
STATIC = Path(__file__).parent / "static"

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
    ".png": "image/png",
}


class Drawing:
    """Everything a template shows is escaped, the words too. `below` is the path that the site's own begin with."""

    def __init__(self, templates: Path, static: Path, below: str = "") -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(templates),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._static = static
        self._below = below
        self._environment.globals["static"] = self.static_path
        self._environment.globals["costly_letters"] = LETTERS

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every file that may be served, by its name within static/."""
        return {
            file.relative_to(self._static).as_posix(): file
            for file in sorted(self._static.rglob("*"))
            if file.suffix in _TYPES and file.is_file()
        }

    @cached_property
    def version(self) -> str:
        digest = hashlib.sha256()
        for name, file in self.files.items():
            digest.update(name.encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()[:12]

    @property
    def static_paths(self) -> str:
        """What the addresses of all of them begin with."""
        return f"{self._below}/static/"

    def static_path(self, name: str) -> str:
        return f"{self.static_paths}{self.version}/{name}"

    def draw(self, template: str, facts: dict[str, Any]) -> str:
        """`template` is a path below templates/pages."""
        return self._environment.get_template(f"pages/{template}").render(facts)

    def draw_rows(
        self, template: str, kept: KeptRows, rows: Iterable[Hashable], words: Words, token: str, **shared: Hashable
    ) -> str:
        """The markup of rows, each by the macro `drawn` of a template, which is handed nothing but the row, what is `shared`,
        the words and the token; those that are `kept` are not drawn again."""

        def prepare() -> Draw:
            given = {"t": words.say, "token": TOKEN_PLACE, **shared}
            drawn: Draw = vars(self._environment.get_template(f"pages/{template}").make_module(given))["drawn"]
            return drawn

        return kept.draw((template, words.language, *shared.items()), rows, prepare, token)

    async def serve_static(self, request: web.Request) -> web.StreamResponse:
        """A file that never changes under its version; an older version's page gets today's file, unkept."""
        file = self.files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        is_current = request.match_info["version"] == self.version
        kept = "public, max-age=31536000, immutable" if is_current else "no-cache"
        return web.FileResponse(file, headers={"Cache-Control": kept, "Content-Type": _TYPES[file.suffix]})


@cache
def our_drawing(below: str = "") -> Drawing:
    """The pages of a site: made once in a process, for each template is compiled when it is first drawn."""
    return Drawing(TEMPLATES, STATIC, below)
