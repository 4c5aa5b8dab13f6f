"""Years of messages written straight into an SQLite store: for what questions about a full book cost, not for truth.

Every child gets its share in turn, the last of them yesterday, however many there are: so as much waits in every store.
Every second message is a guardian's, with its arrival; the others are replies with their deliveries. Every twentieth
brings an absence of its day.
"""

import sqlite3
from pathlib import Path

from hub.post.deliveries import RANK, Status

YEARS = 3
PREPARE = """
CREATE TEMP TABLE families AS
SELECT row_number() OVER (ORDER BY c.id) - 1 AS place, c.id AS child, c.owner_id AS owner, t.guardian_id AS guardian,
    p.unit_id AS unit, a.id AS address_id, a.value AS phone, n.id AS number_id, n.value AS number, al.role_id AS role
FROM children c
JOIN guardianships t ON t.child_id = c.id
JOIN placements p ON p.child_id = c.id
JOIN guardian_addresses a ON a.guardian_id = t.guardian_id
JOIN role_groups g ON g.group_id = p.group_id
JOIN number_allocations al ON al.role_id = g.role_id
JOIN virtual_numbers n ON n.id = al.number_id;
CREATE UNIQUE INDEX temp.by_place ON families (place);
"""
THREADS = """
INSERT INTO threads (id, owner_id, unit_id, party, kind, last_at, role_id, waits_since, waits_why)
SELECT printf('0t%024d', place), owner, unit, guardian, 'private', {now}, role,
    CASE WHEN place % 40 = 0 THEN {now} END, CASE WHEN place % 40 = 0 THEN 'question' END
FROM families
"""
MEMBERS = """
INSERT INTO thread_guardians (guardian_id, thread_id, owner_id)
SELECT guardian, printf('0t%024d', place), owner FROM families
"""
MESSAGES = """
INSERT INTO messages (id, owner_id, thread_id, at, author, author_id, channel, text, language, lane, trust, note,
    sensitive, number_id)
SELECT printf('00%024d', n), owner, printf('0t%024d', place), {then}, CASE n % 2 WHEN 0 THEN 'guardian' ELSE 'bot' END,
    CASE n % 2 WHEN 0 THEN guardian ELSE 'absence' END, 'sms', 'Takk for beskjeden, det er notert, nummer ' || n, 'nb',
    2, 1, 0, 0, number_id
FROM numbered
"""
ABOUT = "INSERT INTO message_children (child_id, message_id, owner_id) SELECT child, printf('00%024d', n), owner FROM numbered"
ARRIVALS = """
INSERT INTO arrivals (id, key, digest, channel, kind, sender, recipient, text, provider_id, received_at, state, tries,
    message_id, changed_repeat)
SELECT printf('00%024d', n), 'bench:' || n, printf('%064d', n), 'twilio', 'sms', phone, number, 'Hei, nummer ' || n,
    printf('SM%032d', n), {then}, 'filed', 1, printf('00%024d', n), 0
FROM numbered WHERE n % 2 = 0
"""
DELIVERIES = """
INSERT INTO deliveries (id, owner_id, message_id, guardian_id, address_id, channel, kind, sender, recipient, text, lane,
    due, deadline, status, rank, tries, handed_at, ended_at, faults, automatic, provider_id, parts, has_next)
SELECT printf('0d%024d', n), owner, printf('00%024d', n), guardian, address_id, 'twilio', 'sms', number, phone,
    'Takk for beskjeden, det er notert, nummer ' || n, 2, {then}, {then}, :status, :rank, 1, {then}, {then}, 0, 1,
    printf('SM%032d', n), 1, 0
FROM numbered WHERE n % 2 = 1
"""
ABSENCES = """
INSERT INTO absences (id, owner_id, child_id, day, reason, told_by, told_kind, trust, told_at, message_id)
SELECT printf('0a%024d', n), owner, child, date(moment, 'unixepoch'), 'sick', guardian, 'guardian', 1, {then},
    printf('00%024d', n)
FROM numbered WHERE n % 20 = 0
"""
NUMBERED = """
WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < :count),
numbered AS (
    SELECT n, families.*, unixepoch() - 86400 - (:count - n) *
        CASE WHEN n < :count - (SELECT count(*) FROM families) THEN :span / :count ELSE 1 END AS moment
    FROM counted JOIN families ON place = n % (SELECT count(*) FROM families)
)
"""
NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 hour')"
THEN = "strftime('%Y-%m-%d %H:%M:%f000', moment, 'unixepoch')"


def fill(file: Path, count: int) -> None:
    """Put so many messages into a store that has its register and no messages yet."""
    values = {
        "count": count,
        "span": YEARS * 365 * 86400,
        "status": Status.DELIVERED.value,
        "rank": RANK[Status.DELIVERED],
    }
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-800000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(PREPARE)
        for statement in (THREADS, MEMBERS):
            connection.execute(statement.format(now=NOW))
        for statement in (MESSAGES, ABOUT, ARRIVALS, DELIVERIES, ABSENCES):
            numbered = NUMBERED.strip() + statement.format(then=THEN)
            connection.execute(numbered, values)
        connection.execute("ANALYZE")
    finally:
        connection.close()
