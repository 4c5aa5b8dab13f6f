"""What we ask of Twilio ourselves is what its SDK asks."""

from logging import getLogger
from typing import Any

from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.sms.twilio_api import create_message

ACCOUNT = "AC" + "a" * 32
FIELDS = {
    "To": "+4740000101",
    "From": "+4759000001",
    "Body": "Hei på deg",
    "StatusCallback": "https://hub.example.org/status?m=1",
    "MessagingServiceSid": "MG" + "a" * 32,
}


class Recorder(AsyncHttpClient):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(getLogger(__name__), True)
        self.asked: list[tuple[Any, ...]] = []

    async def request(self, *what: Any, **more: Any) -> Response:
        self.asked.append((what, more))
        return Response(201, '{"sid": "SM1", "status": "queued"}')


async def test_a_message_is_created_by_the_request_that_the_sdk_makes() -> None:
    recorder = Recorder()
    client = Client(ACCOUNT, "a token", http_client=recorder)
    await client.messages.create_async(
        to=FIELDS["To"],
        from_=FIELDS["From"],
        body=FIELDS["Body"],
        status_callback=FIELDS["StatusCallback"],
        messaging_service_sid=FIELDS["MessagingServiceSid"],
    )

    told = await create_message(client, f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json", FIELDS)

    assert told == {"sid": "SM1", "status": "queued"}
    assert recorder.asked[0] == recorder.asked[1]
