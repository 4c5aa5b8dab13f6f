"""The pretend Suomi.fi Messages is as strict as the real one, and whoever rehearses sees on its page what came."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from hub.clock import StoppedClock

from .finnish_post import ASKED_AT_MOST, FinnishPost

BODY_AT_MOST = 500_000
"""Bytes; room for a question about as many people as one may have."""
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SOMEBODY, NOBODY = "010180-9015", "030382-903M"
MESSAGES, ATTACHMENTS, ACTIVE, EVENTS = (
    "/v2/messages/electronic",
    "/v2/attachments",
    "/v1/mailboxes/active",
    "/v2/events",
)
Told = dict[str, Any]


@dataclass
class Scene:
    post: FinnishPost
    clock: StoppedClock
    http: ClientSession
    token: str = ""

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Told]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.request(method, f"{self.post.url}{path}", headers=headers, **more) as answer:
            is_told = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_told else {}

    async def sign_in(self, **changed: Any) -> int:
        told = {"username": self.post.username, "password": self.post.password, **changed}
        status, answer = await self.ask("POST", "/v1/token", json=told)
        self.token = answer.get("access_token", self.token)
        return status

    async def attach(self, content: bytes = b"%PDF", name: str = "file") -> tuple[int, Told]:
        form = FormData()
        form.add_field(name, content, filename="kirje.pdf", content_type="application/pdf")
        return await self.ask("POST", ATTACHMENTS, data=form)

    async def write(self, external_id: str = "ours-1", **electronic: Any) -> Told:
        """A message that is right, with an attachment that was just handed in."""
        _, told = await self.attach()
        text = dict.fromkeys(("fi", "sv", "en"), "Kirje")
        return {
            "externalId": external_id,
            "recipient": {"id": SOMEBODY},
            "sender": {"serviceId": self.post.service_id},
            "electronic": {
                "title": "Kirje <Fjordvikistä>",
                "body": "Hei!",
                "bodyFormat": "Text",
                "messageServiceType": "Normal",
                "replyAllowedBy": "No one",
                "visibility": "Recipient only",
                "attachments": [{"attachmentId": told["attachmentId"]}],
                "notifications": {
                    "senderDetailsInNotifications": "None",
                    "unreadMessageNotification": {"reminder": "Default reminder"},
                    "customisedNewMessageNotification": {"title": text, "content": text},
                },
                **electronic,
            },
        }


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    clock = StoppedClock(NOW)
    service = FinnishPost(clock.now)
    service.body_at_most = BODY_AT_MOST
    async with service as post, ClientSession() as http:
        post.mailboxes = {SOMEBODY: True, NOBODY: False}
        scene = Scene(post, clock, http)
        assert await scene.sign_in() == 200
        yield scene


@pytest.mark.parametrize(
    "changed", [{"password": "wrong"}, {"username": "another"}, {"password": None}, {"more": "than it asks for"}]
)
async def test_who_signs_in_wrongly_gets_no_token(scene: Scene, changed: Told) -> None:
    assert await scene.sign_in(**changed) == 400


@pytest.mark.parametrize(
    ("method", "path"), [("POST", ACTIVE), ("POST", ATTACHMENTS), ("POST", MESSAGES), ("GET", EVENTS)]
)
async def test_nothing_is_told_or_taken_without_a_token_or_with_one_that_has_ended(
    scene: Scene, method: str, path: str
) -> None:
    good, scene.token = scene.token, "another"
    unknown, _ = await scene.ask(method, path, json={})
    scene.token = good
    scene.clock.move(timedelta(seconds=3600))
    ended, _ = await scene.ask(method, path, json={})
    await scene.sign_in()
    scene.post.end_tokens()
    taken_away, _ = await scene.ask(method, path, json={})

    assert (unknown, ended, taken_away) == (401, 401, 401)


@pytest.mark.parametrize(
    "told",
    [
        {},
        [],
        {"endUsers": []},
        {"endUsers": SOMEBODY},
        {"endUsers": [SOMEBODY]},
        {"endUsers": [{"id": 10180}]},
        {"endUsers": [{"id": SOMEBODY, "name": "Maija"}]},
        {"endUsers": [{"id": SOMEBODY}] * (ASKED_AT_MOST + 1)},
    ],
    ids=["nothing", "list", "nobody", "text", "bare", "number", "name", "too many"],
)
async def test_a_question_about_mailboxes_that_is_not_right_is_refused(scene: Scene, told: Any) -> None:
    assert (await scene.ask("POST", ACTIVE, json=told))[0] == 400


async def test_only_mailboxes_that_are_in_use_are_told(scene: Scene) -> None:
    asked = {"endUsers": [{"id": SOMEBODY}, {"id": NOBODY}, {"id": "020281-902W"}]}

    assert await scene.ask("POST", ACTIVE, json=asked) == (200, {"endUsersWithActiveMailbox": [{"id": SOMEBODY}]})


async def test_a_file_comes_alone_by_its_name_and_no_larger_than_it_may_be(scene: Scene) -> None:
    assert (await scene.attach(name="attachment"))[0] == 400
    assert (await scene.ask("POST", ATTACHMENTS, json={"file": "%PDF"}))[0] == 400
    assert (await scene.attach(b"x" * (BODY_AT_MOST + 1)))[0] == 413
    assert scene.post.attachments == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("externalId"),
        lambda told: told.update(externalId=" "),
        lambda told: told.update(externalId=7),
        lambda told: told.pop("recipient"),
        lambda told: told.update(recipient={}),
        lambda told: told.update(recipient=SOMEBODY),
        lambda told: told["recipient"].update(id=None),
        lambda told: told["recipient"].update(name="Maija"),
        lambda told: told.pop("sender"),
        lambda told: told["sender"].update(serviceId="another"),
        lambda told: told.update(paperMail={}),
        lambda told: told.update(electronic=[]),
        lambda told: told["electronic"].pop("body"),
        lambda told: told["electronic"].update(body=None),
        lambda told: told["electronic"].update(body=" \n"),
        lambda told: told["electronic"].update(title=" "),
        lambda told: told["electronic"].update(title=7),
        lambda told: told["electronic"].update(title="t" * 257),
        lambda told: told["electronic"].update(colour="red"),
        lambda told: told["electronic"].update(bodyFormat="Html"),
        lambda told: told["electronic"].update(messageServiceType="normal"),
        lambda told: told["electronic"].update(replyAllowedBy=["No one"]),
        lambda told: told["electronic"].update(visibility=None),
        lambda told: told["electronic"].update(attachments={}),
        lambda told: told["electronic"].update(attachments=[{"id": "x"}]),
        lambda told: told["electronic"].update(attachments=[{"attachmentId": "never handed in"}]),
        lambda told: told["electronic"]["attachments"].append(told["electronic"]["attachments"][0]),
        lambda told: told["electronic"]["attachments"][0].update(name="kirje"),
        lambda told: told["electronic"].update(notifications=None),
        lambda told: told["electronic"]["notifications"].pop("unreadMessageNotification"),
        lambda told: told["electronic"]["notifications"].update(senderDetailsInNotifications="All"),
        lambda told: told["electronic"]["notifications"].update(sms="Kirje"),
        lambda told: told["electronic"]["notifications"]["customisedNewMessageNotification"]["title"].pop("sv"),
        lambda told: told["electronic"]["notifications"]["customisedNewMessageNotification"]["content"].update(fi=7),
    ],
)
async def test_a_message_that_is_not_right_is_refused_in_the_service_s_own_shape(
    scene: Scene, change: Callable[[Any], object]
) -> None:
    told = await scene.write()
    change(told)

    status, answer = await scene.ask("POST", MESSAGES, json=told)

    assert status == 400
    assert answer["reason"]
    assert all(set(fault) == {"error", "errorCode"} for fault in answer["validationErrors"])
    assert scene.post.letters == {}


@pytest.mark.parametrize(("path", "body"), [(MESSAGES, b"{"), (MESSAGES, b"\xff"), (ACTIVE, b""), ("/v1/token", b"x")])
async def test_what_is_no_json_is_refused(scene: Scene, path: str, body: bytes) -> None:
    assert (await scene.ask("POST", path, data=body))[0] == 400


async def test_a_message_by_an_external_id_that_was_used_is_answered_409_with_the_first_one_s_number(
    scene: Scene,
) -> None:
    status, first = await scene.ask("POST", MESSAGES, json=await scene.write())
    again, told = await scene.ask("POST", MESSAGES, json=await scene.write(title="Another"))

    assert (status, again) == (200, 409)
    assert told["messageId"] == first["messageId"]
    assert [letter.electronic["title"] for letter in scene.post.letters.values()] == ["Kirje <Fjordvikistä>"]


async def test_who_has_no_mailbox_in_use_gets_nothing(scene: Scene) -> None:
    told = await scene.write()

    status, answer = await scene.ask("POST", MESSAGES, json={**told, "recipient": {"id": NOBODY}})

    assert (status, answer["validationErrors"][0]["errorCode"]) == (400, "MAILBOX_NOT_IN_USE")


async def test_a_file_serves_one_message_and_for_a_day(scene: Scene) -> None:
    first = await scene.write("ours-1")
    late = await scene.write("ours-2")
    assert (await scene.ask("POST", MESSAGES, json=first))[0] == 200
    used = {**first, "externalId": "ours-3"}

    assert (await scene.ask("POST", MESSAGES, json=used))[0] == 400
    scene.clock.move(timedelta(hours=24))
    await scene.sign_in()
    assert (await scene.ask("POST", MESSAGES, json=late))[0] == 400


async def test_the_log_goes_on_from_a_token_and_knows_none_that_it_never_gave(scene: Scene) -> None:
    await scene.ask("POST", MESSAGES, json=await scene.write())
    _, first = await scene.ask("GET", EVENTS)
    _, rest = await scene.ask("GET", EVENTS, params={"continuationToken": first["continuationToken"]})

    assert [event["type"] for event in first["events"]] == ["Electronic message created"]
    assert rest["events"] == []
    for token in ("", "at+9/=", "more"):
        assert (await scene.ask("GET", EVENTS, params={"continuationToken": token}))[0] == 400


async def test_a_letter_is_seen_on_the_page_and_opened_there(scene: Scene) -> None:
    _, told = await scene.ask("POST", MESSAGES, json=await scene.write())
    number = told["messageId"]
    async with scene.http.get(scene.post.url) as answer:
        page = await answer.text()
    closed, _ = await scene.ask("GET", f"/letters/{number}.pdf")

    await scene.ask("POST", f"/letters/{number}/open")

    assert "Kirje &lt;Fjordvikistä&gt;" in page
    assert closed == 404
    assert (await scene.ask("GET", f"/letters/{number}.pdf"))[0] == 200
    log = scene.post.events.page(None, NOW)
    assert log is not None
    assert [event["type"] for event in log["events"]][-1] == "Electronic message read"
