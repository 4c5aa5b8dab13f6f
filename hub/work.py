"""What a plain function is handed when it reads the store, and when it changes it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hub.asker import Asker
from hub.clock import IdMaker
from hub.doorbell import Ring
from hub.words import Words

_TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM unnest(%s::text[]) AS id"


class Refusal(Exception):  # a rule's no, not a fault
    """A rule said no to a person. `words` names the utterance that explains it; `parameters` go with it."""

    words = "refusals.not_allowed"

    def __init__(self, **parameters: Any) -> None:
        super().__init__(type(self).__name__)
        self.parameters = parameters


@dataclass(slots=True)
class Look:
    """One reading of the store: `now` is aware, UTC, and the same throughout."""

    session: Session
    now: datetime
    words: Words
    asker: Asker

    @property
    def connection(self) -> sa.Connection:
        """For statements that the session need not know of; the same transaction."""
        bind = self.session.bind
        return bind if isinstance(bind, sa.Connection) else self.session.connection()


@dataclass(slots=True)
class Work(Look):
    """One change of the store, whole or not at all. `writer` names the thread that writes, for the audit's chain."""

    ids: IdMaker
    writer: str
    rings: list[Ring] = field(default_factory=list)
    touched_before: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def new_id(self) -> str:
        return self.ids.make(self.now)

    def ring(self, topic: str, id_: str = "") -> None:
        """Tell whoever waits for `topic`, once this work is committed."""
        self.rings.append(Ring(topic, id_))

    def touch(self, ids: Iterable[str]) -> None:
        """Say, before asking about them, what this work may change: in a round, what an earlier work has changed about
        any of these is written first, so that it is seen."""
        ids = set(ids)
        if not self.touched_before.isdisjoint(ids):
            self.session.flush()
            self.touched_before.clear()
        self.touched |= ids

    def take_turns(self, ids: Iterable[str]) -> None:
        """Until this work is over, no other writer goes on with a work that takes turns about any of these."""
        if self.connection.dialect.name == "postgresql":  # SQLite's only writer takes turns by itself
            self.connection.exec_driver_sql(_TAKE_TURNS, (sorted(ids),))
