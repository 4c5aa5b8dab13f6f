"""Where the owner says always, each word of consent is kept for the archive as it was said, and its taking back too."""

import json
from datetime import timedelta

from hub.archive.gathering import gather_records
from hub.archive.records import RecordKind
from hub.archive.rules import Keep, Matter, set_rules
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Choice, How, Told, say_words, take_back
from tests.hub.archive.kept import ADMINISTRATOR, ANNE, KARI, TEACHER, list_records
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST
from tests.village import Village


async def say_yes_on_paper_and_take_it_back(village: Village) -> None:
    def say(work: Work) -> None:
        child, guardian = village.child(KARI), village.guardian(ANNE)
        told = Told(How.PAPER, village.staff(TEACHER).id, Trust.STRONG)
        rows = say_words(work, child, guardian.id, [Choice(list_kinds(work, child.owner_id)[0], granted=True)], told)
        work.session.flush()
        take_back(work, rows, told)

    await village.desk.work(TEST, say)


async def test_each_word_is_kept_with_the_text_it_was_said_to_by_whom_and_how(
    village: Village, clock: StoppedClock
) -> None:
    await say_yes_on_paper_and_take_it_back(village)
    clock.move(timedelta(hours=1))
    await village.desk.work(as_staff(village.staff(ADMINISTRATOR)), set_rules, {Matter.CONSENTS: Keep.ALWAYS})
    clock.move(timedelta(hours=1))
    await say_yes_on_paper_and_take_it_back(village)
    await gather_records(village.desk)
    at_once = await list_records(village.desk)
    clock.move(timedelta(days=2))

    await gather_records(village.desk)
    await gather_records(village.desk)
    records = [json.loads(one.content) for one in await list_records(village.desk)]

    assert at_once == []
    assert [one["kind"] for one in records] == [RecordKind.CONSENT] * 2
    yes, undone = (one["documents"][0] for one in records)
    said = "Ja til meldinger på SMS: Anne Nordmann, mandag 3. mars 2025 kl. 09.12."
    assert yes["facts"] == [said, "På papir, ført av Kari Lunde."]
    assert undone["facts"][0].startswith("Angret, det som ble sagt om")
    assert "Kari Nordmann" in yes["text"]
    assert [one["senders"][0]["name"] for one in records] == [ANNE, ANNE]


async def test_they_are_kept_nowhere_unless_the_owner_says_so(village: Village, clock: StoppedClock) -> None:
    await say_yes_on_paper_and_take_it_back(village)
    clock.move(timedelta(days=2))

    await gather_records(village.desk)

    assert await list_records(village.desk) == []
