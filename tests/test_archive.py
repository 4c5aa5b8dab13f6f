"""The full store of the benches holds what it says, in the tables as they are today."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bench.archive import fill
from bench.book import CHILDREN
from bench.installation import install, settle

MANY = 1000


def test_a_store_is_filled_with_messages_of_every_child(tmp_path: Path) -> None:
    installation = install(tmp_path)
    settle(installation, CHILDREN)
    file = installation.settings.hub.data / "budbok.sqlite"
    fill(file, MANY)

    with closing(sqlite3.connect(file)) as store:
        counts = {
            table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("messages", "message_children", "arrivals", "deliveries", "absences")
        }
        (children,) = store.execute("SELECT count(DISTINCT child_id) FROM message_children").fetchone()
        broken = store.execute("PRAGMA foreign_key_check").fetchall()

    assert counts == {
        "messages": MANY, "message_children": MANY, "arrivals": MANY / 2, "deliveries": MANY / 2, "absences": MANY / 20
    }  # fmt: skip
    assert children == CHILDREN
    assert broken == []
