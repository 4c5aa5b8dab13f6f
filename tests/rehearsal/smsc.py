"""An operator's SMSC for rehearsals, `python -m tests.rehearsal.smsc PORT`, in a process of its own.

It speaks by smpp34, which knows nothing of the library at our end. On its standard input it takes one JSON object a line:
{"deliver": "from", "to": ..., "text": ..., "coding": 0 | 8, "udh": hex} hands a text in; {"receipts": "after" | "before" |
"twice" | "none"} says when receipts come; {"answer": status} refuses the next text. On its standard output it tells
{"bound": true}, {"sent": {...}} and {"answered": status}.
"""

import asyncio
import json
import sys
from typing import Any

import smpp34

UDH_PRESENT = 0x40
RECEIPT = 0x04
RECEIPTED_ID, STATE = 0x001E, 0x0427
DELIVERED = 2
INTERNATIONAL, NATIONAL = 1, 2


def tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def type_of(number: str) -> int:
    return INTERNATIONAL if number.startswith("+") else NATIONAL


class Smsc:
    def __init__(self) -> None:
        self.receipts = "after"
        self.refusals: list[int] = []
        self.count = 0
        self.esme: Any = None

    async def serve(self, port: int) -> None:
        server = smpp34.Server(host="127.0.0.1", port=port, system_id="REHEARSAL")
        await server.start()
        tell(listening=port)
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self.esme = event
                tell(bound=True)
            elif isinstance(event, smpp34.SubmitSmEvent):
                await self._take(event)

    async def _take(self, event: Any) -> None:
        if self.refusals:
            event.reject(self.refusals.pop(0))
            return
        self.count += 1
        id_ = f"{self.count:08x}"
        sent = {
            "id": id_,
            "from": event.source_addr,
            "to": event.destination_addr,
            "coding": event.data_coding,
            "esm_class": event.esm_class,
            "octets": bytes(event.short_message).hex(),
        }
        wants = event.registered_delivery & 1 and self.receipts != "none"
        if wants and self.receipts == "before":
            await self._send_receipt(sent)
        event.accept(message_id=id_)
        tell(sent=sent)
        if wants and self.receipts in ("after", "twice"):
            for _ in range(2 if self.receipts == "twice" else 1):
                await self._send_receipt(sent)

    async def _send_receipt(self, sent: dict[str, Any]) -> None:
        words = f"id:{sent['id']} sub:001 dlvrd:001 submit date:250303071200 done date:250303071201 stat:DELIVRD err:0A0 text:"
        await self.esme.deliver_sm(
            source_addr=sent["to"],
            source_addr_ton=1,
            source_addr_npi=1,
            destination_addr=sent["from"],
            dest_addr_ton=1,
            dest_addr_npi=1,
            esm_class=RECEIPT,
            short_message=words.encode(),
            tlvs=[smpp34.Tlv(RECEIPTED_ID, sent["id"].encode() + b"\0"), smpp34.Tlv(STATE, bytes((DELIVERED,)))],
        )

    async def obey(self, order: dict[str, Any]) -> None:
        if "receipts" in order:
            self.receipts = order["receipts"]
        if "answer" in order:
            self.refusals.append(order["answer"])
        if "deliver" in order:
            udh = bytes.fromhex(order.get("udh", ""))
            answer = await self.esme.deliver_sm(
                source_addr=order["deliver"].lstrip("+"),
                source_addr_ton=type_of(order["deliver"]),
                source_addr_npi=1,
                destination_addr=order["to"].lstrip("+"),
                dest_addr_ton=type_of(order["to"]),
                dest_addr_npi=1,
                esm_class=UDH_PRESENT if udh else 0,
                data_coding=order.get("coding", 0),
                short_message=udh + bytes.fromhex(order["octets"]),
            )
            tell(answered=answer.command_status)


async def main() -> None:
    smsc = Smsc()
    serving = asyncio.create_task(smsc.serve(int(sys.argv[1])))
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await smsc.obey(json.loads(line))
    serving.cancel()


if __name__ == "__main__":
    asyncio.run(main())
