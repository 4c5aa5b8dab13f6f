"""What makes the family pages an app of their own on a phone: what it is called and looks like, and the script that keeps what
was read last for reading without a network, until whoever read it signs out."""

from aiohttp import web

from admin_web.drawing import STATIC
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages

pages = Pages()

WORKER = STATIC / "family" / "worker.js"
SIZES = (192, 512)
PAPER, SPRUCE = "#FBFAF7", "#0E5A4A"


@pages.get(f"{HOME}/manifest.webmanifest", guests=True)
async def show_manifest(visit: FamilyVisit) -> web.StreamResponse:
    """The app's own description. Source: W3C Web Application Manifest."""
    static = visit.house.drawing.static_path
    manifest = {
        "id": HOME,
        "name": visit.say("family.app_name"),
        "short_name": "Budbok",
        "lang": visit.language,
        "start_url": HOME,
        "scope": HOME,
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": SPRUCE,
        "icons": [
            {
                "src": static(f"family/icon-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size in SIZES
        ],
    }
    return web.json_response(manifest, content_type="application/manifest+json")


@pages.get(f"{HOME}/worker.js", guests=True)
async def send_worker(visit: FamilyVisit) -> web.StreamResponse:
    """The script that a browser keeps. It holds nothing of anybody."""
    return web.FileResponse(WORKER, headers={"Content-Type": "text/javascript", "Service-Worker-Allowed": HOME})
