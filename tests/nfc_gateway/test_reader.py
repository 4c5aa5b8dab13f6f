"""Tags may say anything: the gate reads on, shows what is true, and takes one touch for one."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import nfc.clf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from nfc_gateway import wire
from nfc_gateway.emulated import Type2, Type4, play, write_message
from nfc_gateway.lamp import Sign
from nfc_gateway.reader import Reader, _switch, find_proven, read_proven
from tests.patience import PATIENCE
from tests.ports import hold_port

SERIAL = bytes.fromhex("04a1b2c3d4e5f6")
OTHER = bytes.fromhex("04958caa5c5e80")
HUB = "https://hub.example.org/t"


class Touches:
    """What the reader told, with what it is told to show; and what the lamp showed."""

    def __init__(self, sign: Sign = Sign.KEPT) -> None:
        self.sign = sign
        self.touched: list[tuple[str, str | None]] = []
        self.shown: list[Sign] = []
        self.at = 0.0
        self._lit = threading.Condition()

    def touch(self, serial: str, proven: str | None) -> Sign:
        with self._lit:
            self.touched.append((serial, proven))
            self._lit.notify_all()
        return self.sign

    def show(self, sign: Sign) -> None:
        with self._lit:
            self.shown.append(sign)
            self._lit.notify_all()

    def wait_for(self, sign: Sign) -> None:
        with self._lit:
            assert self._lit.wait_for(lambda: sign in self.shown, PATIENCE)

    def wait_for_touch(self, serial: bytes) -> None:
        with self._lit:
            assert self._lit.wait_for(lambda: serial.hex() in dict(self.touched), PATIENCE)

    def reader(self, path: str = "udp:127.0.0.1:1") -> Reader:
        return Reader(path, self.touch, self, lambda: self.at)


def tag(serial: bytes = SERIAL, message: Any = None) -> SimpleNamespace:
    return SimpleNamespace(identifier=serial, ndef=None if message is None else SimpleNamespace(octets=message))


def test_a_static_tag_proves_nothing_and_a_proving_one_what_stands_behind_the_question_mark() -> None:
    assert find_proven(write_message(HUB)) is None
    assert find_proven(write_message(f"{HUB}?picc_data=AA&cmac=11")) == "picc_data=AA&cmac=11"
    assert find_proven(b"") is None


@settings(deadline=None)
@given(some.binary(max_size=300))
def test_no_message_makes_the_gate_fall(octets: bytes) -> None:
    proven = read_proven(tag(message=octets))

    assert proven is None or len(proven) <= 256


@settings(deadline=None)
@given(some.binary(max_size=40), some.integers(0, 60))
def test_a_message_that_was_damaged_makes_no_gate_fall(noise: bytes, at: int) -> None:
    message = bytearray(write_message(f"{HUB}?picc_data=AA&cmac=11"))
    message[at : at + len(noise)] = noise

    read_proven(tag(message=bytes(message)))


def test_a_tag_that_makes_nfcpy_raise_proves_nothing() -> None:
    class Awkward:
        identifier = SERIAL

        @property
        def ndef(self) -> Any:
            raise IndexError("of nfcpy's own")

    assert read_proven(Awkward()) is None


def test_the_same_tag_within_two_seconds_is_one_touch() -> None:
    touches = Touches()
    reader = touches.reader()

    shown = []
    for at, serial in ((0.0, SERIAL), (1.9, SERIAL), (3.5, SERIAL), (3.6, OTHER), (3.7, SERIAL), (9.0, SERIAL)):
        touches.at = at
        shown.append(reader.meet(tag(serial)))

    assert shown == [Sign.KEPT] * 6
    assert [serial for serial, _ in touches.touched] == [each.hex() for each in (SERIAL, OTHER, SERIAL, SERIAL)]


def test_a_touch_that_was_not_kept_may_be_tried_again_at_once() -> None:
    touches = Touches(Sign.NOT_KEPT)
    reader = touches.reader()

    assert reader.meet(tag()) is Sign.NOT_KEPT
    touches.sign = Sign.KEPT
    assert reader.meet(tag()) is Sign.KEPT


@pytest.mark.parametrize("serial", [b"", b"\x04", bytes(11)])
def test_what_has_no_serial_is_no_touch(serial: bytes) -> None:
    touches = Touches()

    assert touches.reader().meet(tag(serial)) is Sign.NOT_KEPT
    assert touches.touched == []


@settings(deadline=None)
@given(some.binary(min_size=1, max_size=40))
def test_a_played_tag_answers_any_command(command: bytes) -> None:
    four = Type4(SERIAL, [HUB])
    four.touch()

    for played in (Type2(SERIAL, HUB), four):
        answer = played.answer(command)
        assert answer is None or len(answer) <= 256


def test_without_a_reader_it_says_so_and_stops_when_told() -> None:
    touches, stop = Touches(), threading.Event()
    running = threading.Thread(target=touches.reader("tty:NONE9:pn532").run, args=(stop,))
    running.start()

    touches.wait_for(Sign.OUT)
    stop.set()
    running.join(PATIENCE)

    assert not running.is_alive()


def test_a_tag_that_answers_nonsense_is_passed_over_and_the_next_one_read() -> None:
    """Both sides are nfcpy's: the first tag's answers are cut and mangled from its first command on."""

    class Mangled(Type4):
        def answer(self, command: bytes) -> bytes | None:
            said = super().answer(command) or b"\x02"
            return said[:1] + bytes(each ^ 0x5A for each in said[1:4])

    path, touches, stop = f"udp:127.0.0.1:{hold_port()}", Touches(), threading.Event()
    running = threading.Thread(target=touches.reader(path).run, args=(stop,))
    running.start()
    try:
        play(path, Mangled(OTHER, [HUB]), hold_seconds=1.0, wait_seconds=PATIENCE)
        assert play(path, Type2(SERIAL, f"{HUB}?a=1"), wait_seconds=PATIENCE)
        touches.wait_for_touch(SERIAL)
    finally:
        stop.set()
        running.join(PATIENCE)

    assert touches.touched[-1] == (SERIAL.hex(), "a=1")


def test_a_fault_of_our_own_is_not_taken_for_a_tags() -> None:
    class Faulty(Touches):
        def touch(self, serial: str, proven: str | None) -> Sign:
            raise KeyError("of our own")

    path, stop = f"udp:127.0.0.1:{hold_port()}", threading.Event()
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(Faulty().reader(path).run, stop)
        try:
            play(path, Type2(SERIAL, HUB), wait_seconds=PATIENCE)
            fault = reading.exception(PATIENCE)
        finally:
            stop.set()

    assert isinstance(fault, KeyError)


def test_a_fault_of_our_own_in_what_a_tag_says_is_not_taken_for_the_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> bool:
        raise KeyError("of our own")

    monkeypatch.setattr(wire, "is_proven", fail)

    with pytest.raises(KeyError):
        read_proven(tag(message=write_message(f"{HUB}?a=1")))


def test_a_reader_pulled_out_under_a_tag_takes_no_touch_back_and_is_missed() -> None:
    class Gone:
        identifier = SERIAL

        @property
        def ndef(self) -> Any:
            raise OSError("no such device")

        is_present = ndef

    class Device:
        device = SimpleNamespace(turn_on_led_and_buzzer=lambda: None, turn_off_led_and_buzzer=lambda: None)

        def connect(self, **options: Any) -> Any:
            return Gone()

    touches = Touches()

    with pytest.raises(OSError, match="no such device"):
        touches.reader()._read(Device(), threading.Event())

    assert touches.touched == [(SERIAL.hex(), None)]
    assert touches.shown == [Sign.READY, Sign.KEPT]


def test_a_light_of_the_reader_that_fails_takes_no_touch_back() -> None:
    def fail() -> None:
        raise nfc.clf.TransmissionError

    _switch(SimpleNamespace(device=SimpleNamespace(turn_on_led_and_buzzer=fail)), is_on=True)
