"""What each command of `budbok` does. Each imports what it needs when it is called, so that small ones start fast."""

import argparse
import asyncio
import importlib
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time

from hub.config import Settings
from hub.desk import Desk
from hub.settings_file import load_settings
from hub.upgrade import bring_up_to_date

Asynchronous = Callable[[argparse.Namespace, Settings, Desk], Awaitable[int]]
OK, FAILED, WRONG_SETTINGS = 0, 1, 2


def _settings(asked: argparse.Namespace) -> Settings:
    return load_settings(asked.config, asked.secrets)


def with_desk(command: Asynchronous) -> Callable[[argparse.Namespace], int]:
    """Open the store, brought up to date, for one command."""

    def run(asked: argparse.Namespace) -> int:
        from hub.clock import SystemClock
        from hub.doorbell import LocalDoorbell

        importlib.import_module("hub.tables")  # a row may refer to any table, also one that the command does not touch
        settings = _settings(asked)

        async def with_desk() -> int:
            bring_up_to_date(settings.hub.url)
            desk = Desk(settings.hub.url, SystemClock(), LocalDoorbell(), settings.hub.language, node=_node())
            try:
                return await command(asked, settings, desk)
            finally:
                await desk.close()

        return asyncio.run(with_desk())

    return run


def plain(error: Exception) -> str:
    """What an error says to a person; of the system's, which file it is about and what is wrong with it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return str(error)


def _node() -> str:
    return f"{socket.gethostname()}.cli.{os.getpid()}"


def init_command(asked: argparse.Namespace) -> int:
    from hub.beginning import init

    return init(asked.folder, print)


def run_command(asked: argparse.Namespace) -> int:
    from hub.serving import serve

    return serve(_settings(asked), print)


async def register_load_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.register.command import load
    from hub.seal import Seal

    return await load(
        desk,
        asked.file,
        print,
        apply_it=asked.apply,
        large=asked.large,
        approve=asked.approve,
        as_json=asked.json,
        seal=Seal(settings.hub.keys),
    )


async def invite_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.asker import operator_asker
    from hub.sign_in.invitations import invite_link

    print(await desk.work(operator_asker("invite"), invite_link, asked.staff, settings.staff.url))
    return OK


def doctor_command(asked: argparse.Namespace) -> int:
    from hub.clock import SystemClock
    from hub.operations.doctor import examine

    settings = _settings(asked)
    return asyncio.run(
        examine(settings, asked.config, asked.secrets, SystemClock(), print, fix=asked.fix, as_json=asked.json)
    )


def backup_command(asked: argparse.Namespace) -> int:
    from hub.clock import SystemClock
    from hub.operations.backup import BackupFailedError, back_up
    from hub.operations.sealed_file import BrokenFileError

    settings = _settings(asked)
    bring_up_to_date(settings.hub.url)
    try:
        hub = settings.hub
        return back_up(hub.url, hub.data, asked.target, hub.backup_keys, SystemClock().now(), print)
    except (BackupFailedError, BrokenFileError, OSError) as error:
        print(f"There is no backup: {plain(error)}", file=sys.stderr)
        return FAILED


def restore_command(asked: argparse.Namespace) -> int:
    from hub.clock import SystemClock
    from hub.operations.building_site import Place, StoreInUseError
    from hub.operations.restore import NotRestoredError, restore
    from hub.operations.sealed_file import BrokenFileError

    hub = _settings(asked).hub
    place = Place(asked.into.resolve(), asked.database or "")
    try:
        return asyncio.run(
            restore(
                asked.file,
                place,
                hub.backup_keys,
                SystemClock(),
                print,
                replace=asked.replace,
                living=Place(hub.data, hub.database),
            )
        )
    except (NotRestoredError, BrokenFileError, StoreInUseError, OSError) as error:
        print(f"Nothing was restored: {plain(error)}", file=sys.stderr)
        return FAILED


async def verify_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.asker import operator_asker
    from hub.operations.audit_check import check_audit

    anchors = [settings.hub.data / "anchors.jsonl", *asked.anchors]
    return await desk.look(operator_asker("verify"), check_audit, anchors, print, asked.json)


async def ledger_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.asker import operator_asker
    from hub.operations.ledger import tell_ledger

    await desk.look(operator_asker("ledger"), tell_ledger, print, asked.json)
    return OK


async def retention_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.operations.retention import tell_retention

    return await tell_retention(desk, settings, print, apply=asked.apply, as_json=asked.json)


async def hold_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.operations.holds import set_hold, tell_holds

    if asked.what is None:
        return await tell_holds(desk, print, asked.json)
    return await set_hold(desk, asked.what, asked.reason, print, lift=asked.lift)


async def corrections_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.asker import operator_asker
    from hub.talk.corrections import export

    lines = await desk.work(operator_asker("command corrections"), export)
    await asyncio.to_thread(asked.export.write_text, "".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} cases written. Look at each before it is used: what was meant is one tap's worth.")
    return OK


async def records_list_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.operations.records import tell_records

    return await tell_records(desk, print, as_json=asked.json)


async def records_export_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.archive.exports import Asked
    from hub.operations.records import export

    since = None if asked.since is None else datetime.combine(asked.since, time(), UTC)
    wished = Asked(since, again=asked.again, secret=asked.protected)
    return await export(desk, asked.owner, wished, asked.to, print)


async def book_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.operations.book import tell_book

    return await tell_book(desk, asked.child, asked.staff, print, asked.json)


async def reader_command(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.operations.name_reader import name_reader

    return await name_reader(desk, asked.child, asked.staff, print, end=asked.end)


def talk_command(asked: argparse.Namespace) -> int:
    from hub.chosen_parts import load_bots, load_part
    from hub.door.facts import list_tag_facts
    from hub.school.facts import list_facts
    from hub.talk.cast import UnreadableSceneError
    from hub.talk.terminal import HEAD, talk

    async def converse() -> None:
        listener = load_part("listeners", asked.listener)()
        await listener.start()
        try:
            head = asked.scene or HEAD
            await talk(
                asked.language, listener, load_bots(), _read_line, print, head=head, facts=[list_facts, list_tag_facts]
            )
        finally:
            await listener.stop()

    try:
        asyncio.run(converse())
    except UnreadableSceneError as error:
        print(f"The scene cannot be read: {error}.", file=sys.stderr)
        return FAILED
    return OK


def _read_line() -> str | None:
    """The next line from the keyboard; None at the end."""
    return sys.stdin.readline() or None
