"""Years of messages written straight into an SQLite store: for what questions about a full book cost, not for truth.

Every child gets its share in turn, the last of them yesterday, however many there are: so as much waits in every store.
Every second message is a guardian's, with its arrival; the others are replies with their deliveries. Every twentieth
brings an absence of its day.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.database import Base
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Message, MessageChild, Thread, ThreadGuardian
from hub.school.absences import Absence

YEARS = 3
FAMILIES = """
CREATE TEMP TABLE families AS
SELECT row_number() OVER (ORDER BY c.id) - 1 AS place, c.id AS child, c.owner_id AS owner, t.guardian_id AS guardian,
    p.unit_id AS unit, a.id AS address_id, a.value AS phone, n.id AS number_id, n.value AS number, al.role_id AS role
FROM children c
JOIN guardianships t ON t.child_id = c.id
JOIN placements p ON p.child_id = c.id
JOIN guardian_addresses a ON a.guardian_id = t.guardian_id
JOIN role_groups g ON g.group_id = p.group_id
JOIN number_allocations al ON al.role_id = g.role_id
JOIN virtual_numbers n ON n.id = al.number_id
"""
BY_PLACE = "CREATE UNIQUE INDEX temp.by_place ON families (place)"
ASKED = "CREATE TEMP TABLE asked AS SELECT :count AS count, :span AS span, (SELECT count(*) FROM families) AS families"
NUMBERED = """
CREATE TEMP VIEW numbered AS
WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < (SELECT count FROM asked))
SELECT n, families.*, unixepoch() - 86400 - ((SELECT count FROM asked) - n) *
    CASE WHEN n < (SELECT count - families FROM asked) THEN (SELECT span / count FROM asked) ELSE 1 END AS moment
FROM counted JOIN families ON place = n % (SELECT families FROM asked)
"""
NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 hour')"
THEN = "strftime('%Y-%m-%d %H:%M:%f000', moment, 'unixepoch')"
WORDS = "'Takk for beskjeden, det er notert, nummer ' || n"
THREAD = "printf('0t%024d', place)"
MESSAGE = "printf('00%024d', n)"
PROVIDED = "printf('SM%032d', n)"
THREADS = {
    "id": THREAD, "owner_id": "owner", "unit_id": "unit", "party": "guardian", "kind": "'private'", "last_at": NOW,
    "role_id": "role", "waits_since": f"CASE WHEN place % 40 = 0 THEN {NOW} END",
    "waits_why": "CASE WHEN place % 40 = 0 THEN 'question' END",
}  # fmt: skip
MEMBERS = {"guardian_id": "guardian", "thread_id": THREAD, "owner_id": "owner"}
MESSAGES = {
    "id": MESSAGE, "owner_id": "owner", "thread_id": THREAD, "at": THEN,
    "author": "CASE n % 2 WHEN 0 THEN 'guardian' ELSE 'bot' END",
    "author_id": "CASE n % 2 WHEN 0 THEN guardian ELSE 'absence' END", "channel": "'sms'", "text": WORDS,
    "language": "'nb'", "lane": "2", "trust": "1", "number_id": "number_id",
}  # fmt: skip
ABOUT = {"child_id": "child", "message_id": MESSAGE, "owner_id": "owner"}
ARRIVALS = {
    "id": MESSAGE, "key": "'bench:' || n", "digest": "printf('%064d', n)", "channel": "'twilio'", "kind": "'sms'",
    "sender": "phone", "recipient": "number", "text": "'Hei, nummer ' || n", "provider_id": PROVIDED,
    "received_at": THEN, "state": f"'{ArrivalState.FILED}'", "tries": "1", "message_id": MESSAGE,
}  # fmt: skip
DELIVERIES = {
    "id": "printf('0d%024d', n)", "owner_id": "owner", "message_id": MESSAGE, "guardian_id": "guardian",
    "address_id": "address_id", "channel": "'twilio'", "kind": "'sms'", "sender": "number", "recipient": "phone",
    "text": WORDS, "lane": "2", "due": THEN, "deadline": THEN, "status": f"'{Status.DELIVERED}'",
    "rank": str(RANK[Status.DELIVERED]), "tries": "1", "handed_at": THEN, "ended_at": THEN, "automatic": "1",
    "provider_id": PROVIDED, "parts": "1",
}  # fmt: skip
ABSENCES = {
    "id": "printf('0a%024d', n)", "owner_id": "owner", "child_id": "child", "day": "date(moment, 'unixepoch')",
    "reason": "'sick'", "told_by": "guardian", "told_kind": "'guardian'", "trust": "1", "told_at": THEN,
    "message_id": MESSAGE,
}  # fmt: skip


def fill(file: Path, count: int) -> None:
    """Put so many messages into a store that has its register and no messages yet."""
    engine = sa.create_engine(f"sqlite:///{file}", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-800000", "temp_store=MEMORY"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.exec_driver_sql(FAMILIES)
            connection.exec_driver_sql(BY_PLACE)
            connection.execute(sa.text(ASKED), {"count": count, "span": YEARS * 365 * 86400})
            connection.exec_driver_sql(NUMBERED)
            connection.execute(_insert(Thread, THREADS, "families"))
            connection.execute(_insert(ThreadGuardian, MEMBERS, "families"))
            connection.execute(_insert(Message, MESSAGES))
            connection.execute(_insert(MessageChild, ABOUT))
            connection.execute(_insert(Arrival, ARRIVALS, where="n % 2 = 0"))
            connection.execute(_insert(Delivery, DELIVERIES, where="n % 2 = 1"))
            connection.execute(_insert(Absence, ABSENCES, where="n % 20 = 0"))
            connection.exec_driver_sql("ANALYZE")
    finally:
        engine.dispose()


def _insert(table: type[Base], values: Mapping[str, str], source: str = "numbered", where: str = "TRUE") -> sa.Insert:
    """Rows made of SQL of their own; what is not said of a column is what it is by default."""
    rows: sa.Select[*tuple[Any, ...]] = sa.select(*(sa.literal_column(value) for value in values.values()))
    return sa.insert(table).from_select(list(values), rows.select_from(sa.text(source)).where(sa.text(where)))
