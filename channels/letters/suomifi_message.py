"""A letter as Suomi.fi Messages takes it in: the attachment first, then the message that it belongs to.

A letter tells of a child, so it is for its receiver's eyes and not for whoever has a mandate to read their mail. A notice has
our own words and not the name of the service, which may tell what it is about, and says them in one language, the receiver's.
Source: kehittajille.suomi.fi, Messages, "Content of an electronic message" and "Controlling notifications".
"""

import json

from aiohttp import FormData

from channels.letters.suomifi_settings import SuomifiSettings
from hub.mailroom.service import Parcel
from hub.post.channel import RejectedError

TITLE_LETTERS = 256
NOTICE_LANGUAGES = ("fi", "sv", "en")


async def write_attachment(parcel: Parcel) -> tuple[bytes, str]:
    """The body, and its content type with the boundary in it. The file's name goes as it is written, as browsers send it."""
    form = FormData(quote_fields=False)
    form.add_field("file", parcel.pdf, filename=parcel.file_name, content_type="application/pdf")
    payload = form()
    return await payload.as_bytes(), payload.content_type


def write_message(parcel: Parcel, attachment_id: str, settings: SuomifiSettings) -> bytes:
    """Raises: RejectedError."""
    message = {
        "externalId": parcel.id,
        "recipient": {"id": parcel.national_id},
        "sender": {"serviceId": settings.service_id},
        "electronic": {
            "title": parcel.title[:TITLE_LETTERS],
            "body": parcel.body,
            "bodyFormat": "Text",
            "messageServiceType": "Verifiable" if settings.verifiable else "Normal",
            "replyAllowedBy": "No one",
            "visibility": "Recipient only",
            "attachments": [{"attachmentId": attachment_id}],
            "notifications": {
                "senderDetailsInNotifications": "None",
                "unreadMessageNotification": {"reminder": "Default reminder"},
                "customisedNewMessageNotification": {
                    "title": dict.fromkeys(NOTICE_LANGUAGES, parcel.title[:TITLE_LETTERS]),
                    "content": dict.fromkeys(NOTICE_LANGUAGES, parcel.notice),
                },
            },
        },
    }
    try:
        return json.dumps(message, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise RejectedError("not_unicode") from None
