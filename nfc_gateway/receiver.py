"""The hub's side of the gates: takes what they read, signed, and says yes when it is kept.

Whoever is not a gate of ours, or none any more, is told so in the same few bytes, whatever they sent. A touch is kept once for
each number of a gate, so what is sent again, late or in another order changes nothing. Source: security rules S3.7, S7.1, S8.2,
S8.3 and S9.6.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from aiohttp import hdrs, web

from hub.asker import channel_asker
from hub.database import ID_LENGTH
from hub.desk import Desk, DeskBusyError, Look, StoreAwayError, Work
from hub.door.by_itself import confirm_by_themselves
from hub.door.pairing import is_offered, pair_gate
from hub.door.readers import ReaderKind, get_paired, note_seen
from hub.door.tag_keys import NO_KEYS, open_keys
from hub.door.taps import Touch, keep_tap, turns_of
from hub.entrance import HEADERS
from hub.safety.access import NotThereError
from hub.seal import Seal
from hub.site import SiteParts
from nfc_gateway import wire

log = logging.getLogger(__name__)
GATES = channel_asker("gate")
REFUSED = b'{"kept":null}'
COME_AGAIN_SECONDS = "5"
MOST_KNOWN = 2000
CLOCK_IS_RIGHT = timedelta(seconds=wire.CLOCK_SECONDS)
NOBODYS_KEY = wire.public_key(wire.new_key())
_READER = re.compile(f"[0-9a-v]{{{ID_LENGTH}}}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class GateSite:
    """On the public port."""

    port = "public"
    below = "/taps"
    is_on = True

    def __init__(self, parts: SiteParts) -> None:
        self._parts = parts

    def build(self) -> web.Application:
        return Receiver(self._parts.desk, self._parts.settings.public.url, self._parts.seal).build()


class Receiver:
    """Which gates there are is asked of the store each time; only their keys, which never change, are remembered."""

    def __init__(self, desk: Desk, public_url: str, seal: Seal) -> None:
        self._desk = desk
        self._seal = seal
        self._url = public_url.rstrip("/")
        self._keys: dict[str, str] = {}

    def build(self) -> web.Application:
        app = web.Application(client_max_size=wire.BODY_BYTES, middlewares=[_say_little])
        app.router.add_post("/pair", self._pair)
        app.router.add_post("/{reader}", self._keep)
        app.on_response_prepare.append(_add_headers)
        return app

    async def _pair(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            pairing = wire.read_pairing(body)
        except wire.NotOurWordsError:
            return _refuse(400)
        if not self._is_signed(request, pairing.key, wire.PAIR_PATH, "", body):
            return _refuse(403)
        if not await self._desk.look(GATES, is_offered, pairing.code):
            return _refuse(403)
        reader = await self._desk.work(GATES, pair_gate, pairing.code, pairing.key)
        if reader is None:
            return _refuse(403)
        return _answer(wire.write_paired(wire.Paired(reader.id, reader.paired_at)))

    async def _keep(self, request: web.Request) -> web.Response:
        reader_id, body = request.match_info["reader"], await request.read()
        key = await self._find_key(reader_id)
        is_signed = self._is_signed(request, key or NOBODYS_KEY, wire.taps_path(reader_id), reader_id, body)
        if key is None or not is_signed:
            return _refuse(403)
        try:
            sent_at, told = wire.read_moment(request.headers[wire.SENT_AT]), wire.read_batch(body)
        except wire.NotOurWordsError:
            return _refuse(400)
        try:
            answer, confirms_itself = await self._desk.work_in_round(
                GATES, keep_batch, reader_id, told, sent_at, self._seal
            )
        except NotThereError:
            return _refuse(403)
        if confirms_itself and told:
            await self._confirm(reader_id, [each.number for each in told])
        return _answer(wire.write_answer(answer))

    async def _confirm(self, reader_id: str, numbers: Sequence[int]) -> None:
        """What is kept counts as kept, whatever becomes of this: a touch that cannot be confirmed so waits for staff."""
        try:
            await self._desk.work(GATES, confirm_batch, reader_id, numbers)
        except (DeskBusyError, StoreAwayError, NotThereError):
            log.info("what a gate may confirm by itself waits for staff", extra={"reader": reader_id})
        except Exception:
            log.exception("what a gate may confirm by itself waits for staff", extra={"reader": reader_id})

    async def _find_key(self, reader_id: str) -> str | None:
        if not _READER.fullmatch(reader_id):
            return None
        if (known := self._keys.get(reader_id)) is not None:
            return known
        try:
            key = await self._desk.look(GATES, _get_key, reader_id)
        except NotThereError:
            return None
        if len(self._keys) >= MOST_KNOWN:
            self._keys.clear()
        self._keys[reader_id] = key
        return key

    def _is_signed(self, request: web.Request, key: str, path: str, reader_id: str, body: bytes) -> bool:
        """Over the address that the settings name, whatever the request says that ours is."""
        signatures, moments = (request.headers.getall(name, []) for name in (wire.SIGNATURE, wire.SENT_AT))
        if len(signatures) != 1 or len(moments) != 1:
            return False
        return wire.is_signed(key, signatures[0], self._url + path, reader_id, moments[0], body)


def keep_batch(
    work: Work, reader_id: str, told: Sequence[wire.Told], sent_at: datetime, seal: Seal
) -> tuple[wire.Answer, bool]:
    """Keep them all; the answer, and whether the gate may confirm by itself. What a gate with a wrong clock tells is set right
    by how wrong it is now: how long ago a touch was is believed, when it was is not.

    Raises: NotThereError, when the gate was revoked too.
    """
    work.touch([reader_id, *(each.serial for each in told)])
    fast = sent_at - work.now
    is_right = abs(fast) <= CLOCK_IS_RIGHT
    touches = [_read_touch(each, timedelta() if is_right else fast) for each in told]
    work.take_turns([reader_id])
    reader = get_paired(work, reader_id, ReaderKind.GATE)
    work.take_turns(turns_of(reader, touches))
    is_proven = any(each.proven is not None for each in told)
    keys = open_keys(work, seal, reader.owner_id) if is_proven else NO_KEYS
    for each, touch in zip(told, touches, strict=True):
        kept = keep_tap(work, reader, touch, keys)
        if kept.serial != each.serial and each.proven is None:  # what a proof shows may be another than the chip drew
            log.warning("a gate used a number twice", extra={"reader": reader_id, "tap": kept.id})
    if told or is_right:  # an empty batch may be an old one, sent again by somebody else
        note_seen(work, reader)
    return wire.Answer(told[-1].number if told else None, reader.counted, work.now), reader.confirms_itself


def confirm_batch(work: Work, reader_id: str, numbers: Sequence[int]) -> None:
    """Those of the touches that need no staff. Raises: NotThereError."""
    confirm_by_themselves(work, get_paired(work, reader_id, ReaderKind.GATE), numbers)


def _read_touch(each: wire.Told, fast: timedelta) -> Touch:
    """As the hub has it, by its own clock: a gate tells only what stands behind the question mark of a tag's address."""
    proven = None if each.proven is None else f"?{each.proven}"
    return Touch(each.number, each.serial, each.touched_at - fast, proven, each.waited)


def _get_key(look: Look, reader_id: str) -> str:
    """Raises: NotThereError."""
    return get_paired(look, reader_id, ReaderKind.GATE).key


@web.middleware
async def _say_little(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every no is of the same few bytes."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _refuse(error.status)
    except (DeskBusyError, StoreAwayError):
        answer = _refuse(503)
        answer.headers[hdrs.RETRY_AFTER] = COME_AGAIN_SECONDS
        return answer
    except Exception:
        log.exception("what a gate sent could not be kept")
        return _refuse(500)


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _refuse(status: int) -> web.Response:
    return web.Response(status=status, body=REFUSED, content_type="application/json")


async def _add_headers(request: web.Request, answer: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.popall(hdrs.SERVER, None)
