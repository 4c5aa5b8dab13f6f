"""Reads tags, in a thread of its own: the serial, and what a proving tag put into its address. nfcpy blocks, and so may we.

A tag may answer anything at all: what makes no sense is a tag that proves nothing, and never the end of the gate.
Source: NFC Forum, Type 2 to 4 Tag and NDEF; security rule S8.1.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import ndef
import nfc
import nfc.clf

from nfc_gateway import wire
from nfc_gateway.lamp import Lamp, Lamps, ReaderLamp, Sign

log = logging.getLogger(__name__)
TARGETS = ("106A", "212F")
ONE_TOUCH_SECONDS = 2.0
POLL_SECONDS = 0.1
LOOK_AGAIN_SECONDS = 2.0
"""When there is no reader, or it was pulled out."""
FAULT_SECONDS = 0.2
MESSAGE_BYTES = 4096

Touched = Callable[[str, str | None], Sign]
"""Handed the serial and what the tag proved; it returns what to show."""


class Reader:
    """`path` is one of nfcpy's: `usb`, `tty:USB0:pn532`, `udp:127.0.0.1:54321`."""

    def __init__(
        self, path: str, touched: Touched, lamp: Lamp, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._touched = touched
        self._lamp = lamp
        self._monotonic = monotonic
        self._before: tuple[str, float, Sign] = ("", float("-inf"), Sign.READY)

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop; without a device, look for one again and again."""
        while not stop.is_set():
            try:
                with nfc.ContactlessFrontend(self._path) as device:
                    log.info("the reader is there")
                    self._read(device, stop)
            except OSError as error:
                log.warning("there is no reader (%s)", type(error).__name__)
            if not stop.is_set():
                self._lamp.show(Sign.OUT)
                stop.wait(LOOK_AGAIN_SECONDS)

    def _read(self, device: Any, stop: threading.Event) -> None:
        """Until the device is gone, or we are to stop."""
        lamp = Lamps(self._lamp, ReaderLamp(lambda is_on: _switch(device, is_on)))

        def meet(tag: Any) -> bool:
            lamp.show(self.meet(tag))
            return True

        options = {
            "targets": list(TARGETS),
            "on-connect": meet,
            "on-release": self._part,
            "iterations": 1,
            "interval": POLL_SECONDS,
            "beep-on-connect": False,
        }
        self._lamp.show(Sign.READY)
        while not stop.is_set():
            try:
                if device.connect(rdwr=options, terminate=stop.is_set) is False:
                    return
            except OSError:
                raise
            except Exception as error:  # whatever a tag makes nfcpy raise
                log.warning("a tag could not be read (%s)", type(error).__name__)
                stop.wait(FAULT_SECONDS)
            if not stop.is_set():
                self._lamp.show(Sign.READY)

    def meet(self, tag: Any) -> Sign:
        """What to show for a tag that came near. The same one within two seconds is the same touch."""
        serial = bytes(tag.identifier or b"").hex()
        if not wire.is_serial(serial):
            return Sign.NOT_KEPT
        known, at, sign = self._before
        if serial != known or self._monotonic() - at > ONE_TOUCH_SECONDS or sign is not Sign.KEPT:
            sign = self._touched(serial, read_proven(tag))
        self._before = (serial, self._monotonic(), sign)
        return sign

    def _part(self, tag: Any) -> bool:
        """A tag that lay there for long has been seen until now."""
        serial, _, sign = self._before
        if bytes(tag.identifier or b"").hex() == serial:
            self._before = (serial, self._monotonic(), sign)
        return True


def read_proven(tag: Any) -> str | None:
    """What stands behind the question mark of the first address on the tag; None when nothing does, or it makes no sense."""
    try:
        message = tag.ndef
        octets = bytes(message.octets) if message is not None else b""
        return find_proven(octets)
    except Exception as error:  # nfcpy raises whatever the tag's answers lead it to
        log.info("a tag's message could not be read (%s)", type(error).__name__)
        return None


def find_proven(octets: bytes) -> str | None:
    """The same, of the bytes of an NDEF message. Raises: ndef.DecodeError."""
    if len(octets) > MESSAGE_BYTES:
        return None
    for record in ndef.message_decoder(octets, errors="strict"):
        if isinstance(record, ndef.UriRecord):
            proven = record.iri.partition("?")[2]
            return proven if wire.is_proven(proven) else None
    return None


def _switch(device: Any, is_on: bool) -> None:
    """Raises nothing: a light that fails takes no touch back."""
    try:
        if is_on:
            device.device.turn_on_led_and_buzzer()
        else:
            device.device.turn_off_led_and_buzzer()
    except Exception as error:  # drivers differ in what they raise
        log.info("the reader's light could not be switched (%s)", type(error).__name__)
