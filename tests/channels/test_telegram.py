"""The Telegram channel against the Bot API as it is published."""

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from channels.chat.telegram_settings import TelegramSettings
from channels.chat.telegram_turns import Turns
from hub.address import CHAT, Address
from hub.clock import SystemClock
from hub.operations.findings import Grade
from hub.operations.provider_check import check_provider
from hub.outside import Outside
from hub.post.channel import (
    AddressGoneError,
    BusyError,
    Choice,
    Envelope,
    MediaLink,
    RejectedError,
    TryLaterError,
    UnknownFateError,
)
from hub.post.deliveries import Status
from tests.channels.contract import (
    DELIVERY,
    SECRET_TEXT,
    DoctorContract,
    FailingContract,
    KeepingContract,
    SendingContract,
    StrangerContract,
    an_envelope,
)
from tests.channels.telegram_rehearsal import ANNE, NUMBER, SECRET, TelegramRehearsal, a_telegram_rehearsal
from tests.patience import PATIENCE
from tests.rehearsal.telegram_people import Shown
from tests.rehearsal.telegram_service import TOKEN, ApiError

GROUP = {"id": -1_001_234, "type": "supergroup", "title": "7A foreldre"}


@pytest.fixture
async def rehearsal() -> AsyncIterator[TelegramRehearsal]:
    async with a_telegram_rehearsal() as rehearsal:
        yield rehearsal


def a_picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    return out.getvalue()


class TestTelegram(KeepingContract, StrangerContract, SendingContract, FailingContract, DoctorContract):
    """What every channel promises."""


async def test_a_send_is_sent_and_no_more_is_ever_known(rehearsal: TelegramRehearsal) -> None:
    receipt = await rehearsal.channel.send(an_envelope(rehearsal))

    assert receipt.status == Status.SENT
    assert rehearsal.channel.limits.receipts is False
    assert await rehearsal.channel.missed(rehearsal.now()) == []


async def test_a_send_whose_answer_was_lost_cannot_be_looked_up(rehearsal: TelegramRehearsal) -> None:
    rehearsal.lose_answer()

    with pytest.raises(UnknownFateError):
        await rehearsal.channel.send(an_envelope(rehearsal))

    assert await rehearsal.channel.find(an_envelope(rehearsal)) is None
    assert len(rehearsal.list_arrived()) == 1


@pytest.mark.parametrize("secret", [None, "", "S" * 39, "S" * 41, "s" * 40, "Sé" * 20])
async def test_whoever_does_not_show_our_secret_is_refused(rehearsal: TelegramRehearsal, secret: str | None) -> None:
    told = await rehearsal.post(json.dumps(rehearsal.update("Hei")).encode(), secret)

    assert told.status == 403
    assert rehearsal.inbox.messages == []


async def test_whoever_shows_it_is_heard(rehearsal: TelegramRehearsal) -> None:
    told = await rehearsal.post(json.dumps(rehearsal.update("Hei")).encode(), SECRET)

    assert told.status == 200
    assert [kept.text for kept in rehearsal.inbox.messages] == ["Hei"]


async def test_lone_halves_of_letters_are_kept_as_marks(rehearsal: TelegramRehearsal) -> None:
    told = await rehearsal.post(json.dumps(rehearsal.update("a\ud83db\0")).encode())

    assert told.is_good
    assert [kept.text for kept in rehearsal.inbox.messages] == ["a\ufffdb␀"]


async def test_a_body_of_another_kind_is_refused(rehearsal: TelegramRehearsal) -> None:
    told = await rehearsal.post(json.dumps(rehearsal.update("Hei")).encode(), content_type="text/plain")

    assert told.status == 415


async def test_what_could_not_be_kept_is_told_again_by_telegram(rehearsal: TelegramRehearsal) -> None:
    rehearsal.inbox.trouble = BusyError()
    await rehearsal.person.write(SECRET_TEXT)
    rehearsal.inbox.trouble = None

    statuses = await rehearsal.service.tell_again()

    assert statuses == [200]
    assert [kept.text for kept in rehearsal.inbox.messages] == [SECRET_TEXT]


async def test_a_group_is_left_and_nothing_said_there_is_kept(rehearsal: TelegramRehearsal) -> None:
    await rehearsal.service.tell_membership(rehearsal.person, "left", "member", GROUP)
    await rehearsal.service.tell_message(rehearsal.person, {"text": "Kari er syk"}, chat=GROUP)
    await rehearsal.service.tell_message(rehearsal.person, {"text": "Kari er syk"}, "channel_post", GROUP)
    await until(lambda: len(calls(rehearsal, "leaveChat")) == 3)

    assert {call["chat_id"] for call in calls(rehearsal, "leaveChat")} == {str(GROUP["id"])}
    assert rehearsal.inbox.messages == []


@pytest.mark.parametrize("kind", ["edited_message", "message_reaction", "inline_query", "poll", "something_new"])
async def test_edits_reactions_and_what_we_do_not_know_change_nothing(rehearsal: TelegramRehearsal, kind: str) -> None:
    contents: dict[str, Any] = {
        "edited_message": rehearsal.update("Ola er syk")["message"] | {"edit_date": 1_741_000_001},
        "message_reaction": {
            "chat": rehearsal.person.as_chat(),
            "message_id": 3,
            "date": 1_741_000_000,
            "user": rehearsal.person.as_user(),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}],
        },
        "inline_query": {"id": "1", "from": rehearsal.person.as_user(), "query": "", "offset": ""},
        "something_new": {"id": 1},
    }

    told = await rehearsal.post(json.dumps({"update_id": 5, kind: contents.get(kind)}).encode())

    assert told.is_good
    assert rehearsal.inbox.messages == []


async def test_what_another_bot_says_is_not_kept(rehearsal: TelegramRehearsal) -> None:
    update = rehearsal.update("Hei")
    update["message"]["from"]["is_bot"] = True

    assert (await rehearsal.post(json.dumps(update).encode())).is_good
    assert rehearsal.inbox.messages == []


async def test_a_question_shows_its_choices_and_a_press_brings_the_answer(rehearsal: TelegramRehearsal) -> None:
    choices = (Choice("Ella", "1"), Choice("begge", "3"), Choice("Kyllä", "Kyllä"))
    await rehearsal.channel.send(Envelope(DELIVERY, rehearsal.school, rehearsal.guardian, "Hvem?", choices=choices))

    await rehearsal.person.press("begge")
    await until(lambda: rehearsal.service.answered_presses)

    (kept,) = rehearsal.inbox.messages
    assert list(rehearsal.person.received[0].buttons) == ["Ella", "begge", "Kyllä"]
    assert (kept.text, kept.recipient) == ("3", Address(CHAT, f"{NUMBER}/{DELIVERY}"))
    assert rehearsal.service.answered_presses == [kept.provider_id]


@pytest.mark.parametrize("data", ["", "1", "x" * 64, f"{DELIVERY}:", f"{DELIVERY}:1\n2", f"{DELIVERY.upper()}:1"])
async def test_a_button_that_is_none_of_ours_is_acknowledged_and_not_kept(
    rehearsal: TelegramRehearsal, data: str
) -> None:
    shown = Shown(1, "?", {}, {"message_id": 1, "date": 1, "chat": rehearsal.person.as_chat(), "text": "?"})

    await rehearsal.service.tell_press(rehearsal.person, shown, data)
    await until(lambda: rehearsal.service.answered_presses)

    assert rehearsal.inbox.messages == []


async def test_whoever_blocks_the_bot_is_told_of_as_a_stop(rehearsal: TelegramRehearsal) -> None:
    await rehearsal.person.block()

    (kept,) = rehearsal.inbox.messages
    assert (kept.opt_out, kept.text, kept.sender) == ("STOP", "", rehearsal.guardian)
    with pytest.raises(AddressGoneError):
        await rehearsal.channel.send(an_envelope(rehearsal))


async def test_a_picture_is_fetched_in_its_largest_size(rehearsal: TelegramRehearsal) -> None:
    picture = a_picture()
    await rehearsal.person.send_photo(picture, "Utslett på armen")

    (kept,) = rehearsal.inbox.messages
    fetched = await rehearsal.channel.fetch_media(kept.media[0])

    assert kept.text == "Utslett på armen"
    assert len(kept.media) == 1
    assert (fetched.content, fetched.content_type) == (picture, "image/jpeg")


async def test_a_document_is_judged_by_its_content(rehearsal: TelegramRehearsal) -> None:
    await rehearsal.person.send_document(b"<svg onload=x>", "bilde.jpg", "image/jpeg")

    fetched = await rehearsal.channel.fetch_media(rehearsal.inbox.messages[0].media[0])

    assert fetched.content_type == "application/octet-stream"


async def test_a_file_that_is_too_large_or_gone_is_refused(rehearsal: TelegramRehearsal) -> None:
    await rehearsal.person.send_document(b"\xff\xd8\xff" + b"x" * 11 * 1024 * 1024, "stort.jpg", "image/jpeg")

    with pytest.raises(RejectedError, match="too_large"):
        await rehearsal.channel.fetch_media(rehearsal.inbox.messages[0].media[0])
    with pytest.raises(RejectedError):
        await rehearsal.channel.fetch_media(MediaLink("telegram:gone", ""))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"location": {"latitude": 59.91273, "longitude": 10.74609}}, "59.91273, 10.74609"),
        ({"contact": {"phone_number": "+4740000101", "first_name": "Bestemor"}}, "Bestemor +4740000101"),
        ({"sticker": {**dict.fromkeys(("file_id", "file_unique_id"), "x"), "type": "regular", "width": 1, "height": 1,
                      "is_animated": False, "is_video": False, "emoji": "👍"}}, "👍"),
    ],
)  # fmt: skip
async def test_what_is_no_text_is_told_in_words(rehearsal: TelegramRehearsal, content: Any, text: str) -> None:
    await rehearsal.service.tell_message(rehearsal.person, content)

    assert [kept.text for kept in rehearsal.inbox.messages] == [text]


async def test_updates_that_are_fetched_are_forgotten_there_only_once_they_are_kept() -> None:
    async with a_telegram_rehearsal(updates="polling") as rehearsal:
        rehearsal.inbox.opened.clear()
        await rehearsal.person.write(SECRET_TEXT)
        await rehearsal.inbox.knocked.wait()
        offset_before = calls(rehearsal, "getUpdates")[-1].get("offset")
        rehearsal.inbox.opened.set()
        await until(lambda: calls(rehearsal, "getUpdates")[-1].get("offset"))

        assert offset_before is None
        assert [kept.text for kept in rehearsal.inbox.messages] == [SECRET_TEXT]
        await until(lambda: rehearsal.service.pending == [])


async def test_a_button_is_acknowledged_when_updates_are_fetched() -> None:
    async with a_telegram_rehearsal(updates="polling") as rehearsal:
        envelope = Envelope(DELIVERY, rehearsal.school, rehearsal.guardian, "Ja?", choices=(Choice("Ja", "Ja"),))
        await rehearsal.channel.send(envelope)
        await rehearsal.person.press("Ja")
        await until(lambda: rehearsal.service.answered_presses)

        assert [kept.text for kept in rehearsal.inbox.messages] == ["Ja"]


async def test_the_webhook_is_told_where_we_are_and_with_which_secret(rehearsal: TelegramRehearsal) -> None:
    assert await rehearsal.channel.is_pointed_here()
    assert rehearsal.service.webhook == "https://hub.example.org/telegram/webhook"
    assert rehearsal.service.secret == SECRET
    rehearsal.service.webhook = "https://old.example.org/telegram/webhook"

    assert not await rehearsal.channel.is_pointed_here()


async def test_a_secret_that_was_changed_here_alone_is_seen_and_what_waited_comes(rehearsal: TelegramRehearsal) -> None:
    rehearsal.service.secret = "O" * 40
    refused = await rehearsal.person.write(SECRET_TEXT)
    was_pointed = await rehearsal.channel.is_pointed_here()

    await rehearsal.channel.point_here()
    taken = await rehearsal.service.tell_again()

    assert (refused, was_pointed, taken) == (403, False, [200])
    assert await rehearsal.channel.is_pointed_here()


async def test_the_doctor_points_the_webhook_here_when_told_and_only_then(rehearsal: TelegramRehearsal) -> None:
    rehearsal.service.webhook = ""

    async def examine(*, fix: bool) -> list[tuple[Grade, str]]:
        found = check_provider(rehearsal.channel, (), None, Outside(), SystemClock(), fix=fix)
        return [(finding.grade, finding.what) async for finding in found]

    looked_at = await examine(fix=False)
    left_alone = rehearsal.service.webhook
    repaired = await examine(fix=True)

    assert [grade for grade, _ in looked_at] == [Grade.FINE, Grade.WRONG]
    assert left_alone == ""
    assert [grade for grade, _ in repaired] == [Grade.FINE, Grade.FINE]
    assert await rehearsal.channel.is_pointed_here()


async def test_a_token_of_another_bot_is_told_of() -> None:
    async with a_telegram_rehearsal(bot="another_school_bot") as rehearsal:
        assert len(await rehearsal.channel.check()) == 1


async def test_nothing_that_is_logged_or_raised_has_the_token_or_the_text(
    rehearsal: TelegramRehearsal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for fault in ("nonsense", "reset", ApiError(404, "Not Found")):
        rehearsal.service.faults.coming.append(fault)
        with pytest.raises((UnknownFateError, TryLaterError)):
            await rehearsal.channel.send(an_envelope(rehearsal, text=SECRET_TEXT))
    await rehearsal.say(SECRET_TEXT)

    assert TOKEN not in caplog.text
    assert "Ella" not in caplog.text
    assert str(ANNE) not in caplog.text


def test_turns_keep_to_the_pace_of_a_chat_and_of_the_bot() -> None:
    seconds = [0.0]
    turns = Turns(10.0, 1.0, lambda: seconds[0])

    waits = [turns.take("a"), turns.take("a"), turns.take("b"), turns.take("c")]

    assert waits == pytest.approx([0.0, 1.0, 0.2, 0.3])
    with pytest.raises(TryLaterError):
        [turns.take("a") for _ in range(9)]
    seconds[0] = 100.0
    assert turns.take("a") == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": ""},
        {"secret": "short"},
        {"secret": "å" * 40},
        {"token": "no token"},
        {"bot": "@bot"},
        {"number": "+47 59"},
        {"says": "everything"},
        {"unknown": 1},
    ],
)
def test_settings_that_cannot_work_stop_the_start(wrong: dict[str, Any]) -> None:
    fine = {"token": TOKEN, "bot": "a_school_bot", "number": NUMBER, "secret": SECRET}
    TelegramSettings.model_validate(fine)

    with pytest.raises(ValidationError):
        TelegramSettings.model_validate(fine | wrong)


def calls(rehearsal: TelegramRehearsal, method: str) -> list[dict[str, Any]]:
    return [asked for name, asked in rehearsal.service.calls if name == method]


async def until(met: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not met():
            await asyncio.sleep(0.01)
