"""`budbok-gate`: pair this computer with a hub, run it as a gate, see how it fares, and try it without a reader."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from nfc_gateway import clock
from nfc_gateway.lamp import ConsoleLamp
from nfc_gateway.pairing import StillWaitingError, list_left, pair
from nfc_gateway.road import AwayError, NotTakenError, RefusedError
from nfc_gateway.spool import InUseError
from nfc_gateway.state import DamagedError, InTheClearError, NotPairedError, check_url
from nfc_gateway.status import count, describe_clock, describe_left, tell_status

FOLDER = Path("/var/lib/budbok-gate")
OK, WRONG, MISUSED = 0, 1, 2


def main(given: Sequence[str] | None = None) -> int:
    """The exit code: 0 when all is well."""
    asked = _parser().parse_args(given)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("nfc_gateway").setLevel(logging.INFO)
    try:
        code: int = asked.do(asked)
    except NotPairedError:
        print("This gate is not paired yet: budbok-gate pair URL CODE", file=sys.stderr)
    except DamagedError as error:
        print(f"{error.file} cannot be read: it is damaged or was cut off.", file=sys.stderr)
        print("Pair this gate anew: budbok-gate pair URL CODE. What it has not sent stays here.", file=sys.stderr)
    except InTheClearError:
        print("The address must begin with https://", file=sys.stderr)
    except InUseError:
        print("Another budbok-gate runs already: stop it first.", file=sys.stderr)
    except OSError as error:
        print(f"That did not work: {error.strerror or type(error).__name__}", file=sys.stderr)
    else:
        return code
    return MISUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="budbok-gate", description="A reader of tags at the wall, for Budbok.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where the gate keeps its things ({FOLDER})")
    commands = parser.add_subparsers(required=True)
    pairs = commands.add_parser("pair", help="become a gate of a unit, by the code that its page Readers shows")
    pairs.add_argument("url", help="the hub's public address")
    pairs.add_argument("code")
    pairs.add_argument(
        "--leave", action="store_true", help="leave lying what the hub of an earlier pairing has not taken"
    )
    pairs.set_defaults(do=_pair)
    runs = commands.add_parser("run", help="read tags until told to stop")
    runs.add_argument("--reader", default="usb", help="where nfcpy finds the reader: usb, tty:USB0:pn532, udp:...")
    runs.set_defaults(do=_run)
    commands.add_parser("status", help="how the gate fares").set_defaults(do=_status)
    plays = commands.add_parser("simulate", help="hold a played tag to a gate that runs with --reader udp:...")
    plays.add_argument("--reader", default="udp:127.0.0.1:54321")
    plays.add_argument("--serial", default="04a1b2c3d4e5f6", help="seven bytes in hex")
    plays.add_argument("--uri", action="append", default=[], help="its address; several are taken in turn by type 4")
    plays.add_argument("--type", type=int, choices=(2, 4), default=2)
    plays.add_argument("--hold", type=float, default=0.6, help="seconds")
    plays.add_argument("--wait", type=float, default=30.0, help="seconds, for a gate that reads")
    plays.add_argument("--times", type=int, default=1, help="so many touches, one after another")
    plays.set_defaults(do=_simulate)
    return parser


def _pair(asked: argparse.Namespace) -> int:
    url = check_url(asked.url)
    try:
        paired = pair(asked.folder, url, asked.code.strip().upper(), leaves=asked.leave)
    except RefusedError:
        print("The hub does not take this code. Ask for a new one: it lasts ten minutes, and for a few tries.")
        return WRONG
    except (AwayError, NotTakenError):
        print(f"The hub at {url} could not be reached. The code may still be good: try again.")
        return WRONG
    except StillWaitingError as error:
        print(f"{count(error.waiting, 'touch')} of the pairing before could not be sent to {error.url} now.")
        print("Nothing was changed. Try again when that hub can be reached, or add --leave: they stay here, unsent.")
        return WRONG
    print("Paired. Now: budbok-gate run")
    for each in list_left(asked.folder, paired.reader):
        print(describe_left(each))
    _warn_of_clock((paired.now - clock.now()).total_seconds())
    return OK


def _run(asked: argparse.Namespace) -> int:
    from nfc_gateway.gate import Gate, run_gate

    _hush_library()

    def arrange(gate: Gate) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, gate.stop)

    is_well = asyncio.run(run_gate(asked.folder, asked.reader, ConsoleLamp(), arrange))
    return OK if is_well else WRONG


def _status(asked: argparse.Namespace) -> int:
    told = tell_status(asked.folder, clock.now())
    for sentence in (*told.so, *told.wrong):
        print(sentence)
    return WRONG if told.wrong else OK


def _warn_of_clock(off_seconds: float) -> None:
    if (sentence := describe_clock(off_seconds)) is not None:
        print(sentence)


def _hush_library() -> None:
    """nfcpy, which sets its own levels when it is imported, writes down what tags say."""
    logging.getLogger("nfc").setLevel(logging.CRITICAL)


def _simulate(asked: argparse.Namespace) -> int:
    from nfc_gateway.emulated import Type2, Type4, play

    _hush_library()

    serial = bytes.fromhex(asked.serial)
    uris = asked.uri or ["https://hub.example.org/t"]
    tag = Type2(serial, uris[0]) if asked.type == 2 else Type4(serial, uris)
    for _ in range(asked.times):
        if not play(asked.reader, tag, asked.hold, asked.wait):
            print("No gate came to read it.")
            return WRONG
    print("Read.")
    return OK


if __name__ == "__main__":
    sys.exit(main())
