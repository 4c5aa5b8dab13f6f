"""The app: what a family writes and reads on the hub's own pages. Nothing leaves the hub, so nothing can be lost on the way.

The pages hand in what is written, as a provider would; what is sent lies in the book, where the pages show it.
"""

from datetime import datetime

from aiohttp import web

from channels.chat.settings import AppSettings
from hub.address import APP
from hub.outside import Outside
from hub.post.channel import Envelope, Fetched, Inbound, Inbox, Limits, MediaLink, Receipt, RejectedError, Report
from hub.post.deliveries import Status

MOST_LETTERS = 4000


class AppChannel:
    """The family pages as a way in and out."""

    Settings = AppSettings
    name = APP
    kind = APP

    def __init__(self, settings: AppSettings, outside: Outside, public_url: str) -> None:
        self.limits = Limits(length=MOST_LETTERS, buttons=True, receipts=False)

    def listen(self, inbox: Inbox) -> web.Application:
        """No routes: the family pages are a site of their own, and write to the inbox themselves."""
        return web.Application()

    async def send(self, envelope: Envelope) -> Receipt:
        """It stands in the book already: whoever signs in reads it there."""
        return Receipt(envelope.delivery_id, Status.DELIVERED)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """What stands in the book arrived, however the attempt ended."""
        return Receipt(envelope.delivery_id, Status.DELIVERED)

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        """Nothing: there is no provider who could know more than we do."""
        return []

    async def fetch_media(self, link: MediaLink) -> Fetched:
        """No files come this way. Raises: RejectedError."""
        raise RejectedError("no_files")

    async def check(self) -> list[str]:
        """Nothing outside can be wrong."""
        return []
