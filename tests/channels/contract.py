"""What every channel promises the hub, as tests that each channel's own file runs against its rehearsed provider."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from hub.address import Address
from hub.post.channel import (
    AddressGoneError,
    BusyError,
    Call,
    CallAnswer,
    Channel,
    Envelope,
    Inbound,
    Mailbox,
    RejectedError,
    Report,
    SendError,
    TextPart,
    TryLaterError,
    UnknownFateError,
)
from hub.post.deliveries import Status
from tests.patience import PATIENCE

DELIVERY = "01jx00000000000000000000ab"
SECRET_TEXT = "Ella har feber i dag"


@dataclass
class RecordingInbox:
    """An inbox that remembers what it was handed, and can be slow, busy or broken."""

    messages: list[Inbound] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    call_answer: CallAnswer | None = None
    parts: dict[str, dict[int, TextPart]] = field(default_factory=dict)
    trouble: Exception | None = None
    knocked: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    async def receive(self, inbound: Inbound) -> bool:
        await self._come_in()
        is_new = inbound.key not in {kept.key for kept in self.messages}
        self.messages.append(inbound)
        return is_new

    async def report(self, report: Report) -> bool:
        await self._come_in()
        is_new = report.key not in {kept.key for kept in self.reports}
        self.reports.append(report)
        return is_new

    async def find_mailbox(self, local: str) -> Mailbox | None:
        await self._come_in()
        return self.mailboxes.get(local.lower())

    async def read_original(self, key: str) -> bytes | None:
        return next((kept.original for kept in self.messages if kept.key == key), None)

    async def answer_call(self, call: Call) -> CallAnswer | None:
        await self._come_in()
        self.calls.append(call)
        return self.call_answer

    async def keep_part(self, part: TextPart) -> list[TextPart]:
        await self._come_in()
        whole_id = f"{part.sender.value}:{part.reference}"
        whole = self.parts.setdefault(whole_id, {})
        whole[part.number] = replace(part, whole_id=whole_id)
        return [whole[number] for number in sorted(whole)] if len(whole) == part.total else []

    async def list_late_parts(self, channel: str, after: timedelta) -> list[list[TextPart]]:
        return [[whole[number] for number in sorted(whole)] for whole in self.parts.values()]

    async def end_parts(self, whole_id: str) -> None:
        self.parts.pop(whole_id)

    async def _come_in(self) -> None:
        self.knocked.set()
        await self.opened.wait()
        if self.trouble is not None:
            raise self.trouble


@dataclass(frozen=True)
class Told:
    """What the channel answered its provider."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    by_smtp: bool = False

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """No for ever, and no fault of ours."""
        return 500 <= self.status < 600 if self.by_smtp else 400 <= self.status < 500


@dataclass(frozen=True)
class Failure:
    """One way in which the provider fails, and what the outbox must hear of it."""

    arrange: Callable[[], object]
    error: type[SendError]
    details: Mapping[str, object] = field(default_factory=dict)


class Rehearsal(Protocol):
    """A channel between a recording inbox and a pretend provider, which starts each test with nothing in its log."""

    @property
    def channel(self) -> Channel: ...

    @property
    def inbox(self) -> RecordingInbox: ...

    @property
    def school(self) -> Address: ...

    @property
    def guardian(self) -> Address: ...

    @property
    def failures(self) -> Mapping[str, Failure]: ...

    def now(self) -> datetime:
        """By the provider's clock."""

    async def say(self, text: str) -> Told:
        """The guardian writes to the school."""

    async def repeat(self) -> Told:
        """The provider tells the latest message once more."""

    async def forge(self, text: str) -> Told:
        """A stranger pretends to be the provider."""

    async def say_unheard(self, text: str) -> None:
        """The guardian writes, and the provider fails to tell the hub."""

    async def babble(self) -> list[Told]:
        """The provider, or somebody, sends things that make no sense."""

    def lose_answer(self) -> None:
        """The next send is carried out, but its answer never reaches the channel."""

    def lose_request(self) -> None:
        """The next send breaks off so that nobody can tell; it was not carried out."""

    async def fail(self) -> None:
        """The provider is away: its log cannot be read."""

    async def at_rest(self) -> None:
        """Until all reports have been told."""

    def list_arrived(self) -> list[str]:
        """The texts on the guardian's phone."""


def kept_as(rehearsal: Rehearsal, text: str) -> str:
    """What a channel takes for the writer's own words, where that is not all that came (`as_kept` of its rehearsal)."""
    return str(getattr(rehearsal, "as_kept", str)(text))


class KeepingContract:
    """What comes in. A part of ChannelContract."""

    async def test_it_says_yes_only_once_the_message_is_kept(self, rehearsal: Rehearsal) -> None:
        rehearsal.inbox.opened.clear()

        telling = asyncio.create_task(rehearsal.say(SECRET_TEXT))
        await asyncio.wait_for(rehearsal.inbox.knocked.wait(), PATIENCE)
        was_answered_early = telling.done()
        rehearsal.inbox.opened.set()
        told = await telling

        assert not was_answered_early
        assert told.is_good
        assert [kept.text for kept in rehearsal.inbox.messages] == [SECRET_TEXT]

    async def test_a_message_names_both_ends_and_the_channel(self, rehearsal: Rehearsal) -> None:
        await rehearsal.say(SECRET_TEXT)

        (kept,) = rehearsal.inbox.messages
        assert (kept.sender, kept.recipient) == (rehearsal.guardian, rehearsal.school)
        assert kept.channel == rehearsal.channel.name
        assert kept.sender.kind == rehearsal.channel.kind
        assert kept.provider_id

    @pytest.mark.parametrize(
        "text",
        ["  to blanke \n\n og linjer ", "مريض \u200f\u202bاليوم\u202c", "bures 😷 čáppa", "a&b=c+d%20e", "", "<b>"],
    )
    async def test_a_text_is_kept_exactly_as_it_came(self, rehearsal: Rehearsal, text: str) -> None:
        await rehearsal.say(text)

        assert [kept.text for kept in rehearsal.inbox.messages] == [kept_as(rehearsal, text)]

    async def test_a_message_told_twice_has_the_same_key_and_is_well_both_times(self, rehearsal: Rehearsal) -> None:
        first = await rehearsal.say(SECRET_TEXT)
        second = await rehearsal.repeat()

        one, other = rehearsal.inbox.messages
        assert one == other
        assert first.is_good
        assert second.is_good

    async def test_two_messages_alike_are_two(self, rehearsal: Rehearsal) -> None:
        await rehearsal.say("Syk")
        await rehearsal.say("Syk")

        assert len({kept.key for kept in rehearsal.inbox.messages}) == 2

    async def test_a_busy_hub_asks_the_provider_to_come_back(self, rehearsal: Rehearsal) -> None:
        rehearsal.inbox.trouble = BusyError()

        told = await rehearsal.say(SECRET_TEXT)

        assert told.status in (503, 421, 451)

    async def test_a_hub_that_could_not_keep_it_says_so_and_no_more(
        self, rehearsal: Rehearsal, caplog: pytest.LogCaptureFixture
    ) -> None:
        rehearsal.inbox.trouble = RuntimeError(f"cannot insert {SECRET_TEXT!r}")

        told = await rehearsal.say(SECRET_TEXT)

        assert 500 <= told.status < 600 or told.status == 451
        assert "Ella" not in told.body
        assert "Ella" not in caplog.text
        assert rehearsal.guardian.value not in caplog.text

    async def test_nonsense_is_refused_and_the_next_message_is_kept(self, rehearsal: Rehearsal) -> None:
        answers = await rehearsal.babble()
        told = await rehearsal.say(SECRET_TEXT)

        assert answers
        assert all(answer.is_refusal for answer in answers)
        assert told.is_good
        assert len(rehearsal.inbox.messages) == 1


class StrangerContract:
    """What comes in from somebody else than the provider, where anybody can come."""

    async def test_a_stranger_is_refused_and_nothing_is_kept_without_a_doubt(self, rehearsal: Rehearsal) -> None:
        told = await rehearsal.forge(SECRET_TEXT)

        assert told.is_good == bool(rehearsal.inbox.messages)
        assert all(kept.doubt for kept in rehearsal.inbox.messages)


class SendingContract:
    """What goes out."""

    async def test_a_send_arrives_once_and_brings_a_receipt(self, rehearsal: Rehearsal) -> None:
        receipt = await rehearsal.channel.send(an_envelope(rehearsal))
        await rehearsal.at_rest()

        assert receipt.provider_id
        assert receipt.status in set(Status)
        assert rehearsal.list_arrived() == ["Hei 😷 på deg"]


class ReportingContract:
    """What is told later, where a channel has receipts."""

    async def test_reports_bear_our_tag_and_end_in_delivered(self, rehearsal: Rehearsal) -> None:
        receipt = await rehearsal.channel.send(an_envelope(rehearsal))
        await rehearsal.at_rest()

        told = rehearsal.inbox.reports
        assert {(report.delivery_id, report.provider_id) for report in told} == {(DELIVERY, receipt.provider_id)}
        assert Status.DELIVERED in {report.status for report in told}
        assert {report.status for report in told} <= set(Status)
        assert len({report.key for report in told}) == len({report.status for report in told})


class FailingContract:
    """A provider that refuses, is slow or down, breaks off, or flaps. `errors` is all that the outbox may have to hear.
    `newest_alone`: what arrives takes the place of what came before."""

    errors = frozenset[type[SendError]]({TryLaterError, RejectedError, AddressGoneError, UnknownFateError})
    newest_alone = False

    async def test_every_failure_means_what_the_outbox_must_hear(self, rehearsal: Rehearsal) -> None:
        assert {failure.error for failure in rehearsal.failures.values()} == self.errors
        for name, failure in rehearsal.failures.items():
            failure.arrange()

            with pytest.raises(SendError) as caught:
                await rehearsal.channel.send(an_envelope(rehearsal))

            assert type(caught.value) is failure.error, name
            assert {detail: getattr(caught.value, detail) for detail in failure.details} == failure.details, name

    async def test_a_failure_names_neither_the_address_nor_the_text(self, rehearsal: Rehearsal) -> None:
        for failure in rehearsal.failures.values():
            failure.arrange()

            with pytest.raises(SendError) as caught:
                await rehearsal.channel.send(an_envelope(rehearsal))

            everything = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.reason}"
            assert rehearsal.guardian.value.lstrip("+") not in everything
            assert "Hei" not in everything
            assert 0 < len(caught.value.reason) <= 20

    async def test_what_is_sent_between_the_failures_of_one_that_flaps_arrives_once(self, rehearsal: Rehearsal) -> None:
        went = []
        for number, (name, failure) in enumerate(rehearsal.failures.items()):
            failure.arrange()
            with suppress(failure.error):  # met by a new connection at once, where nothing had gone by the old
                await rehearsal.channel.send(an_envelope(rehearsal, f"{DELIVERY[:-3]}{number:02d}a"))
            between = an_envelope(rehearsal, f"{DELIVERY[:-3]}{number:02d}b", text=f"Hei 😷 {number}")
            assert (await rehearsal.channel.send(between)).provider_id, name
            went.append(between.text)
        await rehearsal.at_rest()

        arrived = [text for text in rehearsal.list_arrived() if text in went]
        assert arrived == (went[-1:] if self.newest_alone else went)


class FateContract:
    """What became of a send that nobody answered, where that can be found out."""

    async def test_a_send_whose_answer_was_lost_is_found(self, rehearsal: Rehearsal) -> None:
        envelope = an_envelope(rehearsal)
        rehearsal.lose_answer()

        with pytest.raises(UnknownFateError):
            await rehearsal.channel.send(envelope)
        await rehearsal.at_rest()
        found = await rehearsal.channel.find(envelope)

        assert found is not None
        assert found.provider_id in {report.provider_id for report in rehearsal.inbox.reports}
        assert rehearsal.list_arrived() == ["Hei 😷 på deg"]

    async def test_a_send_that_never_happened_is_not_found(self, rehearsal: Rehearsal) -> None:
        envelope = an_envelope(rehearsal)
        rehearsal.lose_request()

        with pytest.raises(UnknownFateError):
            await rehearsal.channel.send(envelope)
        await rehearsal.at_rest()

        assert await rehearsal.channel.find(envelope) is None

    async def test_another_deliverys_text_alike_is_not_taken_for_ours(self, rehearsal: Rehearsal) -> None:
        await rehearsal.channel.send(an_envelope(rehearsal, delivery_id="01jx00000000000000000000zz"))
        rehearsal.lose_request()

        with pytest.raises(UnknownFateError):
            await rehearsal.channel.send(an_envelope(rehearsal))
        await rehearsal.at_rest()

        assert await rehearsal.channel.find(an_envelope(rehearsal)) is None


class LogContract:
    """What is found in a provider's own log, where it has one."""

    async def test_a_log_that_cannot_be_read_is_no_proof_that_nothing_went(self, rehearsal: Rehearsal) -> None:
        await rehearsal.fail()

        with pytest.raises(TryLaterError):
            await rehearsal.channel.find(an_envelope(rehearsal))

    async def test_what_was_never_told_is_found_in_the_log(self, rehearsal: Rehearsal) -> None:
        await rehearsal.say_unheard(SECRET_TEXT)

        missed = await rehearsal.channel.missed(rehearsal.now() - timedelta(hours=1))

        assert [entry.text for entry in missed if isinstance(entry, Inbound)] == [SECRET_TEXT]
        assert rehearsal.inbox.messages == []

    async def test_the_log_tells_the_same_message_as_the_callback(self, rehearsal: Rehearsal) -> None:
        await rehearsal.say(SECRET_TEXT)

        missed = await rehearsal.channel.missed(rehearsal.now() - timedelta(hours=1))

        assert missed == rehearsal.inbox.messages

    async def test_the_log_tells_the_end_of_a_delivery_under_the_callbacks_key(self, rehearsal: Rehearsal) -> None:
        await rehearsal.channel.send(an_envelope(rehearsal))
        await rehearsal.at_rest()

        missed = await rehearsal.channel.missed(rehearsal.now() - timedelta(hours=1))

        (told,) = [entry for entry in missed if isinstance(entry, Report)]
        assert told.status == Status.DELIVERED
        assert told.key in {report.key for report in rehearsal.inbox.reports}


class DoctorContract:
    """What `budbok doctor` hears."""

    async def test_a_provider_that_is_well_needs_no_sentence(self, rehearsal: Rehearsal) -> None:
        assert await rehearsal.channel.check() == []

    async def test_a_provider_that_is_not_well_is_told_of(self, rehearsal: Rehearsal) -> None:
        await rehearsal.fail()

        assert await rehearsal.channel.check() != []


PARTS = (
    KeepingContract,
    StrangerContract,
    SendingContract,
    ReportingContract,
    FailingContract,
    FateContract,
    LogContract,
    DoctorContract,
)


class ChannelContract(
    KeepingContract,
    StrangerContract,
    SendingContract,
    ReportingContract,
    FailingContract,
    FateContract,
    LogContract,
    DoctorContract,
):
    """All of it. Subclass it as `Test...` beside a fixture `rehearsal`. A channel that cannot have one of the parts takes the
    others, and says why in test_every_channel.py."""


def an_envelope(rehearsal: Rehearsal, delivery_id: str = DELIVERY, text: str = "Hei 😷 på deg") -> Envelope:
    """To the guardian, with what their kind of address needs besides: a mail's `cover`, a browser's `device`."""
    return Envelope(
        delivery_id,
        rehearsal.school,
        rehearsal.guardian,
        text,
        attempted_at=rehearsal.now(),
        cover=getattr(rehearsal, "cover", None),
        device=getattr(rehearsal, "device", None),
    )
