"""A gate that is tried without a reader is heard on this computer alone."""

import socket
import threading
from pathlib import Path

import nfc.clf
import pytest

from nfc_gateway.device import open_device
from tests.patience import PATIENCE
from tests.ports import hold_port

LOOPBACK = "0100007F"
SENS_REQ = b"106A 26"


def addresses_of(port: int) -> set[str]:
    """Where sockets of UDP are bound at this port, in hex and the lowest byte first. Source: proc(5)."""
    lines = Path("/proc/self/net/udp").read_text().splitlines()[1:]
    bound = (line.split()[1].split(":") for line in lines)
    return {address for address, at in bound if int(at, 16) == port}


def test_who_reads_takes_a_port_of_loopback() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as tag:
        tag.bind(("127.0.0.1", 0))
        tag.settimeout(PATIENCE)
        with open_device(f"udp:127.0.0.1:{tag.getsockname()[1]}") as device:
            reading = threading.Thread(target=device.sense, args=(nfc.clf.RemoteTarget("106A"),))
            reading.start()
            asked, (_, port) = tag.recvfrom(100)
            bound = addresses_of(port)
            tag.sendto(b"RFOFF", ("127.0.0.1", port))
            reading.join(PATIENCE)

    assert asked == SENS_REQ
    assert bound == {LOOPBACK}


def test_who_plays_a_tag_listens_on_loopback() -> None:
    port = hold_port()
    target = nfc.clf.LocalTarget(
        "106A", sens_res=bytearray(b"\x44\x00"), sdd_res=bytearray(b"\x04" * 7), sel_res=bytearray(b"\x00")
    )
    with open_device(f"udp:127.0.0.1:{port}") as device, socket.socket(type=socket.SOCK_DGRAM) as reader:
        playing = threading.Thread(target=device.listen, args=(target, PATIENCE))
        playing.start()
        while not (bound := addresses_of(port)):
            assert playing.is_alive()
        reader.sendto(b"106A 30", ("127.0.0.1", port))
        playing.join(PATIENCE)

    assert bound == {LOOPBACK}


def test_no_gate_is_tried_over_a_network() -> None:
    with pytest.raises(OSError, match="assign"):
        open_device("udp:192.0.2.1:54321")
