"""Files that go with a message: they lie in the family's book alone, and what leaves on another channel says how many there are
and where one signs in to see them.

What may be shown is asked again when each delivery is claimed. A notice, which says nothing of its message, says nothing of
files either. Source: security rules S3.4, S6.1 and S7.7.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from hub.address import APP
from hub.database import ID_LENGTH
from hub.desk import Look
from hub.post.deliveries import Delivery
from hub.post.messages import Message
from hub.words import Words

MESSAGE_PATH = "/family/m/"
SOME_ID = "0" * ID_LENGTH
"""As long as any, to count a text's parts by."""
NOT_ASKED = "not_asked"
FindBarred = Callable[[Look, Collection[Delivery]], dict[str, str]]


def bar_all(look: Look, due: Collection[Delivery]) -> dict[str, str]:
    """Where nobody can tell whether files may be shown, none goes."""
    return {delivery.id: NOT_ASKED for delivery in due}


@dataclass(frozen=True, slots=True)
class Along:
    """So many files go along, which are seen on the family pages of `site`."""

    files: int = 0
    site: str = ""

    def behind(self, text: str, words: Words, message_id: str = SOME_ID) -> str:
        """The text with the way to its files behind it, where there are any."""
        if not self.files or not self.site:
            return text
        return f"{text}\n{words.say('enclosed.way', n=self.files, url=f'{self.site}{MESSAGE_PATH}{message_id}')}"


@dataclass(frozen=True, slots=True)
class Enclosures:
    """`site` is the public site's own address, where the family pages are; "" where they are off. `find_barred` tells those
    of the deliveries whose files may not be shown, by codes."""

    site: str = ""
    find_barred: FindBarred = bar_all

    def find_hindrances(self, look: Look, due: Collection[Delivery]) -> dict[str, str]:
        """Those of the deliveries that may not go for their files' sake, each with a code."""
        with_files = [delivery for delivery in due if delivery.files]
        return self.find_barred(look, with_files) if with_files else {}

    def lead(self, look: Look, delivery: Delivery, text: str) -> str:
        """The text with the way to its files behind it."""
        if not delivery.files or delivery.kind == APP or not self.site:
            return text
        message = look.session.get_one(Message, delivery.message_id)
        if not delivery.text.startswith(message.text):
            return text
        words = look.words.in_language(message.language)
        return Along(delivery.files, self.site).behind(text, words, message.id)
