"""Reads tags, in a thread of its own: the serial, and what a proving tag put into its address. nfcpy blocks, and so may we.

A tag may answer anything at all: what makes no sense is a tag that proves nothing, and never the end of the gate. What nfcpy
raises then is caught around nfcpy alone; a fault of our own rises, so that the gate ends and begins anew.
Source: NFC Forum, Type 2 to 4 Tag and NDEF; security rule S8.1.
"""

import logging
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import ndef
import nfc
import nfc.clf
import nfc.clf.pn53x
import nfc.clf.rcs380

from nfc_gateway import wire
from nfc_gateway.device import open_device
from nfc_gateway.lamp import Lamp, Lamps, ReaderLamp, Sign

log = logging.getLogger(__name__)
TARGETS = ("106A", "212F")
ONE_TOUCH_SECONDS = 2.0
POLL_SECONDS = 0.1
LOOK_AGAIN_SECONDS = 2.0
"""When there is no reader, or it was pulled out."""
FAULT_SECONDS = 0.2
MESSAGE_BYTES = 4096
DEVICE_RAISES = (
    nfc.clf.Error,
    nfc.clf.pn53x.Chipset.Error,
    nfc.clf.rcs380.CommunicationError,
    nfc.clf.rcs380.StatusError,
)
"""Besides OSError, which says that the reader is gone."""
TAG_RAISES = (
    *DEVICE_RAISES,
    nfc.tag.TagCommandError,
    ndef.DecodeError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)
"""What a tag's answers lead nfcpy to, which takes much of what they say for granted."""

_ONE_TAG = {
    "targets": list(TARGETS),
    "on-connect": lambda tag: False,  # so that nfcpy hands it to us, and runs no code of ours within its own
    "iterations": 1,
    "interval": POLL_SECONDS,
}

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
        is_missed = False
        while not stop.is_set():
            try:
                with open_device(self._path) as device:
                    log.info("the reader is there")
                    is_missed = False
                    self._read(device, stop)
            except OSError as error:
                if not is_missed:
                    log.warning("there is no reader (%s)", type(error).__name__)
                is_missed = True
            if not stop.is_set():
                self._lamp.show(Sign.OUT)
                stop.wait(LOOK_AGAIN_SECONDS)

    def _read(self, device: Any, stop: threading.Event) -> None:
        """Until the device is gone, or we are to stop. Raises: OSError."""
        lamp = Lamps(self._lamp, ReaderLamp(lambda is_on: _switch(device, is_on)))
        while not stop.is_set():
            lamp.show(Sign.READY)
            try:
                tag = device.connect(rdwr=dict(_ONE_TAG), terminate=stop.is_set)
            except TAG_RAISES as error:
                log.warning("a tag could not be read (%s)", type(error).__name__)
                stop.wait(FAULT_SECONDS)
                continue
            if tag is False:
                return
            if tag is not None:
                lamp.show(self.meet(tag))
                self._stay(tag, stop)

    def _stay(self, tag: Any, stop: threading.Event) -> None:
        """Until it is taken away; a tag that lay there for long has been seen until now. Raises: OSError."""
        while not stop.is_set() and _is_present(tag):
            stop.wait(POLL_SECONDS)
        serial, _, sign = self._before
        if bytes(tag.identifier or b"").hex() == serial:
            self._before = (serial, self._monotonic(), sign)

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


def _is_present(tag: Any) -> bool:
    """Raises: OSError, when the reader is gone."""
    try:
        return bool(tag.is_present)
    except TAG_RAISES as error:
        log.info("a tag was taken away in the middle of a word (%s)", type(error).__name__)
        return False


def read_proven(tag: Any) -> str | None:
    """What stands behind the question mark of the first address on the tag; None when nothing does, or it makes no sense."""
    try:
        message = tag.ndef
        octets = bytes(message.octets) if message is not None else b""
    except (OSError, *TAG_RAISES) as error:
        log.info("a tag's message could not be read (%s)", type(error).__name__)
        return None
    return find_proven(octets)


def find_proven(octets: bytes) -> str | None:
    """The same, of the bytes of an NDEF message."""
    iri = _find_address(octets) if len(octets) <= MESSAGE_BYTES else None
    proven = (iri or "").partition("?")[2]
    return proven if wire.is_proven(proven) else None


def _find_address(octets: bytes) -> str | None:
    try:
        records = ndef.message_decoder(octets, errors="strict")
        return next((str(record.iri) for record in records if isinstance(record, ndef.UriRecord)), None)
    except (ndef.DecodeError, ValueError) as error:
        log.info("a tag's message makes no sense (%s)", type(error).__name__)
        return None


def _switch(device: Any, is_on: bool) -> None:
    """Raises nothing: a light that fails takes no touch back."""
    try:
        if is_on:
            device.device.turn_on_led_and_buzzer()
        else:
            device.device.turn_off_led_and_buzzer()
    except (OSError, *DEVICE_RAISES) as error:
        log.info("the reader's light could not be switched (%s)", type(error).__name__)
