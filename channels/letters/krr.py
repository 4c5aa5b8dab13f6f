"""Norway's contact and reservation register (KRR), asked for each sending anew. Nothing of what it tells is kept.

Source: docs.digdir.no, Kontaktregisteret, REST interface v2.
"""

import json
import re
from collections.abc import Mapping, Sequence

from channels.json_object import read_object
from channels.letters.certificates import explain_certificate
from channels.letters.krr_person import read_person
from channels.letters.maskinporten import Maskinporten
from channels.letters.norway_settings import KrrSettings
from channels.letters.urls import host_of
from channels.retry_after import find_seconds
from hub.clock import Clock
from hub.mailroom.service import Reach, Way
from hub.outside import Answer, BadCertificateError, ForbiddenHostError, Outside, OutsideError
from hub.post.channel import RejectedError, SendError, TryLaterError

PATH = "/rest/v2/personer"
ASKED_AT_ONCE = 1000
MOST_BYTES = 10 * 1024 * 1024
JSON = "application/json"
UNAUTHORIZED = 401
NOBODY = Reach(Way.PAPER, "unknown")
_NATIONAL_ID = re.compile(r"[0-9]{11}")


class Krr:
    """The register. `inbox`: whoever has no mailbox has the one at Altinn."""

    def __init__(
        self, settings: KrrSettings, maskinporten: Maskinporten, outside: Outside, clock: Clock, inbox: bool
    ) -> None:
        self._settings = settings
        self._maskinporten = maskinporten
        self._outside = outside
        self._clock = clock
        self._inbox = inbox

    async def look_up(self, national_ids: Sequence[str]) -> Mapping[str, Reach]:
        """Each of them, the register knowing them or not. Raises: TryLaterError, RejectedError."""
        found = dict.fromkeys(national_ids, NOBODY)
        asked = [one for one in found if _NATIONAL_ID.fullmatch(one)]
        for start in range(0, len(asked), ASKED_AT_ONCE):
            found |= await self._ask_for(asked[start : start + ASKED_AT_ONCE])
        return found

    async def _ask_for(self, national_ids: Sequence[str]) -> dict[str, Reach]:
        """Those that the register tells of; who is told of twice gets the more careful of the two ways.

        Raises: TryLaterError, RejectedError.
        """
        people = _read_people((await self._ask(national_ids)).body)
        now, asked = self._clock.now(), frozenset(national_ids)
        found: dict[str, Reach] = {}
        for person in (read_person(one, now) for one in people):
            if person is None or person.national_id not in asked:
                continue
            reach = person.choose(self._inbox)
            if person.national_id not in found or reach.way is Way.PAPER:
                found[person.national_id] = reach
        return found

    async def _ask(self, national_ids: Sequence[str]) -> Answer:
        """A good answer. A token that the register no longer knows is renewed, once. Raises: TryLaterError, RejectedError."""
        body = json.dumps({"personidentifikatorer": list(national_ids)}).encode()
        token = await self._maskinporten.get_token()
        answer = await self._once(body, token)
        if answer.status == UNAUTHORIZED:
            self._maskinporten.drop(token)
            answer = await self._once(body, await self._maskinporten.get_token())
        if answer.status != 200:
            raise _explain(answer)
        return answer

    async def _once(self, body: bytes, token: str) -> Answer:
        """Raises: TryLaterError."""
        url = self._settings.url + PATH
        try:
            return await self._outside.request(
                "POST",
                url,
                hosts=(host_of(url),),
                headers={"Authorization": f"Bearer {token}", "Content-Type": JSON, "Accept": JSON},
                body=body,
                seconds=self._settings.answer_seconds,
                most_bytes=MOST_BYTES,
            )
        except ForbiddenHostError:
            raise TryLaterError("forbidden_host", whole_channel=True) from None
        except BadCertificateError:
            raise explain_certificate("krr_") from None
        except OutsideError:
            raise TryLaterError("krr_no_answer", whole_channel=True) from None


def _explain(answer: Answer) -> SendError:
    """Its prose may quote a number, so only the status is told."""
    reason = f"krr_http_{answer.status}"
    if answer.status in (400, 413, 415, 422):
        return RejectedError(reason)
    return TryLaterError(reason, after=find_seconds(answer.headers), whole_channel=True)


def _read_people(body: bytes) -> list[object]:
    """Raises: TryLaterError."""
    try:
        people = read_object(body).get("personer")
    except ValueError:
        raise TryLaterError("krr_nonsense", whole_channel=True) from None
    if not isinstance(people, list):
        raise TryLaterError("krr_nonsense", whole_channel=True)
    return people
