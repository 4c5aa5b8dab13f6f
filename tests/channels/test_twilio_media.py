"""Files are fetched from Twilio alone, without carrying our secrets on, and are what their bytes say they are."""

import pytest

from channels.content_types import tell_type
from hub.post.channel import MediaLink, RejectedError, TryLaterError
from tests.channels.twilio_rehearsal import GUARDIAN, SCHOOL, TwilioRehearsal, a_twilio_rehearsal

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 8


async def a_link(rehearsal: TwilioRehearsal, content: bytes, claimed: str = "image/png") -> MediaLink:
    await rehearsal.provider.phone(GUARDIAN.value).text(SCHOOL.value, "", [(claimed, content)])
    return rehearsal.inbox.messages[-1].media[0]


async def test_a_file_is_fetched_from_storage_and_judged_by_its_bytes() -> None:
    async with a_twilio_rehearsal() as rehearsal:
        fetched = await rehearsal.channel.fetch_media(await a_link(rehearsal, PNG, claimed="text/html"))

    assert (fetched.content, fetched.content_type) == (PNG, "image/png")


async def test_a_kept_file_is_deleted_at_the_provider_once_or_twice() -> None:
    async with a_twilio_rehearsal() as rehearsal:
        link = await a_link(rehearsal, PNG)
        await rehearsal.channel.forget_media(link)
        await rehearsal.channel.forget_media(link)
        with pytest.raises(RejectedError) as caught:
            await rehearsal.channel.fetch_media(link)

    assert rehearsal.provider.texts[-1].media == []
    assert caught.value.reason == "no_longer_there"


async def test_a_file_past_10_mib_is_not_fetched() -> None:
    async with a_twilio_rehearsal() as rehearsal:
        link = await a_link(rehearsal, b"x" * (10 * 1024 * 1024 + 1))
        with pytest.raises(RejectedError) as caught:
            await rehearsal.channel.fetch_media(link)

    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1",
        "{api}/2010-04-01/Accounts/AC2/Messages/MM1/Media/ME1",
        "{api}/2010-04-01/Accounts/{account}/Messages/../Messages.json",
        "{api}/2010-04-01/Accounts/{account}/Messages/MM1/Media/ME1?x=1",
        "{api}.example.com/2010-04-01/Accounts/{account}/Messages/MM1/Media/ME1",
        "file:///etc/passwd",
        "",
    ],
)
async def test_an_address_that_is_no_file_of_our_account_is_not_asked_for(url: str) -> None:
    async with a_twilio_rehearsal() as rehearsal:
        address = url.format(api=rehearsal.provider.url, account=rehearsal.provider.account_sid)
        with pytest.raises(RejectedError) as caught:
            await rehearsal.channel.fetch_media(MediaLink(address, "image/png"))

    assert caught.value.reason == "foreign_media"


async def test_a_storage_that_is_not_listed_is_not_followed() -> None:
    async with a_twilio_rehearsal(media_hosts=["storage.example.com"]) as rehearsal:
        link = await a_link(rehearsal, PNG)
        with pytest.raises(TryLaterError):
            await rehearsal.channel.fetch_media(link)


async def test_a_provider_in_trouble_is_asked_again_later() -> None:
    async with a_twilio_rehearsal() as rehearsal:
        link = await a_link(rehearsal, PNG)
        await rehearsal.fail()
        with pytest.raises(TryLaterError):
            await rehearsal.channel.fetch_media(link)
        with pytest.raises(TryLaterError):
            await rehearsal.channel.forget_media(link)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftyp3gp4", "video/3gpp"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        ("Blåbær".encode(), "text/plain"),
        (b"<svg onload=x>", "application/octet-stream"),
        (b"  <html>", "application/octet-stream"),
        (b"PK\x03\x04", "application/octet-stream"),
        (b"\xff\xfe", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_first_bytes_tell_the_type(content: bytes, content_type: str) -> None:
    assert tell_type(content) == content_type
