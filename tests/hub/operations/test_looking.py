"""What the operator may ask from a shell: the ledger, the audit, and a child's book with somebody's rights."""

import json
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hub.database import make_engine
from hub.desk import Work
from hub.post.deliveries import Delivery
from hub.safety.audit import AuditRow
from tests.hub.installation import Installation
from tests.hub.post.spoken import TEST, heard
from tests.village import Village


def list_audit(installation: Installation) -> list[AuditRow]:
    engine = make_engine(installation.url, read_only=True)
    with Session(engine) as session:
        rows = list(session.scalars(sa.select(AuditRow).order_by(AuditRow.at, AuditRow.number)))
    engine.dispose()
    return rows


def change(installation: Installation, statement: str) -> None:
    engine = make_engine(installation.url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def write_anchors(installation: Installation, number: int, digest: str) -> None:
    (row,) = list_audit(installation)[:1]
    line = {"at": "2025-03-03T07:00:00+00:00", "heads": {row.chain: [number, digest or row.hash]}}
    (installation.data / "anchors.jsonl").write_text(json.dumps(line) + "\n", "utf-8")


def test_a_whole_audit_holds(installation: Installation) -> None:
    write_anchors(installation, 1, "")

    code, lines = installation.run("verify")

    assert (code, lines) == (0, [f"The audit holds: {len(list_audit(installation))} rows in 1 chains."])
    assert installation.run("verify", "--json") == (0, [])


def test_a_changed_row_is_named_by_chain_and_number(installation: Installation) -> None:
    change(installation, "UPDATE audit SET why = 'nothing at all' WHERE number = 1")

    code, lines = installation.run("verify")
    assert (code, lines) == (1, ["Chain template: row 1 is not as it was written."])

    code, lines = installation.run("verify", "--json")
    assert (code, [json.loads(line) for line in lines]) == (
        1,
        [{"chain": "template", "number": 1, "fault": "changed"}],
    )


def test_an_audit_cut_at_its_end_is_found_by_its_anchor(installation: Installation) -> None:
    write_anchors(installation, 99, "f" * 64)

    assert installation.run("verify") == (1, ["Chain template: row 99 was anchored, and is not there."])


def test_an_emptied_audit_is_found_by_its_anchor(installation: Installation) -> None:
    write_anchors(installation, 1, "")
    change(installation, "DELETE FROM audit")

    assert installation.run("verify") == (1, ["Chain template: row 1 was anchored, and is not there."])


def test_an_empty_ledger_says_nothing(installation: Installation) -> None:
    assert installation.run("ledger", "--json") == (0, [])


async def fill(village: Village) -> None:
    def say(work: Work) -> None:
        ola, kari = village.guardian("Ola Nordmann"), village.child("Kari Nordmann")
        message = heard(work, village, ola, "school", "Kari er syk i dag", [kari])
        for status, provider_id, reason, marks in (
            ("delivered", "SM1", None, None),
            ("failed", "SM2", "30003", ["repeated", "crashed"]),
        ):
            work.session.add(
                Delivery(
                    id=work.new_id(),
                    owner_id=ola.owner_id,
                    message_id=message.id,
                    guardian_id=ola.id,
                    address_id=None,
                    channel="twilio",
                    kind="sms",
                    sender="+4759000000",
                    recipient=village.phone("Ola Nordmann"),
                    text="Notert",
                    lane=2,
                    due=work.now,
                    deadline=work.now,
                    status=status,
                    rank=6,
                    tries=1,
                    provider_id=provider_id,
                    reason=reason,
                    marks=marks,
                )
            )

    await village.desk.work(TEST, say)


def run_apart(installation: Installation, *arguments: str) -> tuple[int, list[str]]:
    """The command in a thread of its own, as the test's own loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(installation.run, *arguments).result()


async def test_the_ledger_tells_ids_and_no_more(installation: Installation, village: Village) -> None:
    await fill(village)

    code, lines = run_apart(installation, "ledger", "--json")

    rows = [json.loads(line) for line in lines]
    assert code == 0
    assert [set(row) for row in rows] == [{"id", "provider_id", "state", "tries", "marks", "reason"}] * 2
    assert [(r["provider_id"], r["state"], r["tries"], r["marks"], r["reason"]) for r in rows] == [
        ("SM1", "delivered", 1, [], None),
        ("SM2", "failed", 1, ["repeated", "crashed"], "30003"),
    ]
    assert not any(secret in "\n".join(lines) for secret in ("+47", "Notert", "Ola"))


async def test_a_book_is_told_with_the_rights_of_whom_it_is_told_for(
    installation: Installation, village: Village
) -> None:
    await fill(village)
    kari = village.child("Kari Nordmann")

    for named in ("c-kari-nordmann", kari.id):
        code, lines = run_apart(installation, "book", named, "--as", "ingrid.solberg@fjordvik.example", "--json")
        assert code == 0
        assert [json.loads(line)["text"] for line in lines] == ["Kari er syk i dag"]

    read = [row for row in list_audit(installation) if row.what == "read"]
    assert [(row.who_kind, row.who_id, row.why, row.ids[0]) for row in read] == [
        ("staff", village.staff("Ingrid Solberg").id, "command book", kari.id)
    ] * 2


async def test_a_book_is_told_to_nobody_who_may_not_read_it(installation: Installation, village: Village) -> None:
    await fill(village)
    kari = village.child("Kari Nordmann")
    stranger = next(staff for (owner, _), staff in village.staff_members.items() if owner == "saarela")

    answers = [
        run_apart(installation, "book", kari.id, "--as", stranger.login, "--json"),
        run_apart(installation, "book", "nobody", "--as", stranger.login, "--json"),
        run_apart(installation, "book", kari.id, "--as", "nobody", "--json"),
    ]

    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 1
    refused = [row for row in list_audit(installation) if row.what == "refused"]
    assert [row.who_id for row in refused] == [stranger.id] * 2


async def test_a_long_book_is_told_whole_and_in_order(installation: Installation, village: Village) -> None:
    ola, kari = village.guardian("Ola Nordmann"), village.child("Kari Nordmann")

    def say_much(work: Work) -> None:
        for number in range(95):
            heard(work, village, ola, "school", f"nr {number}", [kari])

    await village.desk.work(TEST, say_much)

    _, lines = run_apart(installation, "book", kari.id, "--as", "ingrid.solberg@fjordvik.example", "--json")

    assert [json.loads(line)["text"] for line in lines] == [f"nr {number}" for number in range(95)]
    assert len([row for row in list_audit(installation) if row.what == "read"]) == 3
