"""Health, metrics and the description of the pages: without sign-in, but only to monitors, and never through a proxy.

Source: security rules S8.4, S10.1 and S12.
"""

from functools import cache, partial
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from pydantic.json_schema import models_json_schema

from admin_web.client import is_forwarded, is_in, networks, peer_of
from admin_web.page import HOUSE, SINCE, Page

_PATH_NAMES = "#/components/schemas/{model}"


def hang(app: web.Application, pages: list[Page]) -> None:
    """Put health, metrics and description on a site."""
    house = app[HOUSE]
    settings = house.parts.settings.staff
    monitors, proxies = networks(settings.monitors), networks(settings.proxies)
    described = cache(partial(describe, pages, settings.url))
    answers = _count_answers(app, house.parts.registry)
    house_viewers = Gauge("budbok_live_viewers", "Live pages that are open now", registry=house.parts.registry)
    house_viewers.set_function(lambda: float(house.live.viewers))

    def check(request: web.Request) -> None:
        """Raises: HTTPNotFound."""
        peer = peer_of(request)
        if peer is None or is_forwarded(request) or is_in(peer, proxies) or not is_in(peer, monitors):
            raise web.HTTPNotFound

    async def livez(request: web.Request) -> web.Response:
        check(request)
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        check(request)
        why = house.parts.readiness()
        return web.json_response({"ready": not why, "why": why}, status=503 if why else 200)

    async def metrics(request: web.Request) -> web.Response:
        check(request)
        return web.Response(body=generate_latest(house.parts.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def description(request: web.Request) -> web.Response:
        check(request)
        return web.json_response(described())

    for path, handler in (
        ("/livez", livez),
        ("/readyz", readyz),
        ("/metrics", metrics),
        ("/openapi.json", description),
    ):
        app.router.add_get(path, handler)
    app.on_response_prepare.append(answers)


def _count_answers(app: web.Application, registry: CollectorRegistry) -> Any:
    counted = Counter("budbok_pages", "Answers of the staff site", ["page", "status"], registry=registry)

    async def count(request: web.Request, answer: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        counted.labels(resource.canonical if resource else "none", str(answer.status)).inc()

    return count


def describe(pages: list[Page], url: str) -> dict[str, Any]:
    """The site's pages and what each may be asked. Source: OpenAPI 3.1.0."""
    models = list({page.asked for page in pages if page.asked is not None})
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_PATH_NAMES)
    paths: dict[str, dict[str, Any]] = {}
    for page in pages:
        paths.setdefault(page.path, {})[page.method.lower()] = _operation(page)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Budbok, the staff's site", "version": "1"},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "__Host-budbok-staff"}},
        },
    }


def _operation(page: Page) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": page.name,
        "summary": (page.handler.__doc__ or page.name).strip().splitlines()[0],
        "security": [] if page.guests else [{"session": []}],
        "responses": {
            "200": {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}},
            "303": {"description": "Look elsewhere"},
            "404": {"description": "No such page, or none that you may see"},
        },
    }
    in_path = {part[1:-1].partition(":")[0] for part in page.path.split("/") if part.startswith("{")}
    fields = page.asked.model_fields if page.asked else {}
    shapes = page.asked.model_json_schema(ref_template=_PATH_NAMES)["properties"] if page.asked and fields else {}
    operation["parameters"] = [
        {
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in in_path or field.is_required(),
            "schema": shapes[name],
        }
        for name, field in fields.items()
        if name in in_path or page.method == "GET"
    ]
    if page.live:
        operation["parameters"].append({"name": SINCE, "in": "query", "schema": {"type": "string"}})
    if page.method == "POST":
        schema = {"$ref": _PATH_NAMES.format(model=page.asked.__name__)} if page.asked else {"type": "object"}
        operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    return operation
