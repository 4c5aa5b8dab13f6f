"""The command `budbok`. Each command imports what it needs when it is called, so that small ones start fast."""

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from hub.config import Settings, SettingsError, load_settings
from hub.desk import Desk, Refusal, StoreAwayError
from hub.upgrade import NewerStoreError, bring_up_to_date
from hub.words import Words

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Asynchronous = Callable[[argparse.Namespace, Settings, Desk], Awaitable[int]]
OK, FAILED, WRONG_SETTINGS = 0, 1, 2
OWNER_ALONE = 0o077
"""What is written is read by whoever runs the hub, whatever folder it lies in."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 not done, 2 the settings are not right."""
    asked = _parser().parse_args(arguments)
    before = os.umask(OWNER_ALONE)
    try:
        code: int = asked.command(asked)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return WRONG_SETTINGS
    except NewerStoreError as error:
        print(error, file=sys.stderr)
        return FAILED
    except (StoreAwayError, SQLAlchemyError) as error:
        print(f"The store cannot be read or written now ({type(error).__name__}).", file=sys.stderr)
        return FAILED
    except Refusal as refusal:
        print(Words("en").say(refusal.words, **refusal.parameters), file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return OK
    except OSError as error:
        print(_plain(error), file=sys.stderr)
        return FAILED
    finally:
        os.umask(before)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="budbok", description="A messaging hub for schools: one message book per child."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    init = commands.add_parser("init", help="write config.toml and fresh secrets into a folder")
    init.add_argument("folder", type=Path, metavar="DIR", help="where to; made if it is not there")
    init.set_defaults(command=_init)

    run = _with_settings(commands, "run", "bring the store up to date and serve")
    run.set_defaults(command=_run)

    register = commands.add_parser("register", help="the register of units, staff, children and guardians")
    load = _with_settings(
        register.add_subparsers(required=True, metavar="ACT"), "load", "show what a register would change"
    )
    load.add_argument("file", type=Path, metavar="FILE", help="a JSON file, or a folder of CSV files")
    load.add_argument("--apply", action="store_true", help="change it")
    load.add_argument("--large", action="store_true", help="also when much would change at once")
    load.add_argument(
        "--approve", action="append", default=[], metavar="ID", help="a guardianship that waits for approval"
    )
    load.add_argument("--json", action="store_true", help="one object a line")
    load.set_defaults(command=_with_desk(_register_load))

    invite = _with_settings(commands, "invite", "print a one-time sign-in link")
    invite.add_argument("staff", metavar="STAFF", help="the login of a member of staff")
    invite.set_defaults(command=_with_desk(_invite))

    _add_operations(commands)
    _add_talk(commands)
    for point in entry_points(group="budbok.commands"):
        part = point.load()
        own = commands.add_parser(point.name, help=part.words)
        part.add_arguments(own)
        own.set_defaults(command=part.run)
    return parser


def _add_operations(commands: Commands) -> None:
    doctor = _with_settings(commands, "doctor", "see whether all is well, and what to do where it is not")
    doctor.add_argument("--fix", action="store_true", help="let the provider's numbers tell us of what comes in")
    doctor.add_argument("--json", action="store_true", help="one object a line")
    doctor.set_defaults(command=_doctor)

    backup = _with_settings(commands, "backup", "write a sealed backup of a running hub, and read it back")
    backup.add_argument("target", type=Path, metavar="DIR|FILE", help="a folder, or a name that is not taken yet")
    backup.set_defaults(command=_backup)

    restore = _with_settings(commands, "restore", "make a backup a store again")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--into", type=Path, required=True, metavar="DIR", help="the data folder to fill")
    restore.add_argument(
        "--database", default=None, metavar="URL", help="the store to fill, where it is not SQLite in DIR"
    )
    restore.add_argument("--replace", action="store_true", help="put what is there aside")
    restore.set_defaults(command=_restore)

    verify = _with_settings(commands, "verify", "see whether the audit is whole")
    verify.add_argument("--json", action="store_true", help="one object a line")
    verify.set_defaults(command=_with_desk(_verify))

    ledger = _with_settings(commands, "ledger", "tell every delivery and what became of it, by ids")
    ledger.add_argument("--json", action="store_true", help="one object a line")
    ledger.set_defaults(command=_with_desk(_ledger))

    retention = _with_settings(commands, "retention", "show what is kept past its time, and would be let go")
    retention.add_argument("--apply", action="store_true", help="let it go")
    retention.add_argument("--json", action="store_true", help="one object a line")
    retention.set_defaults(command=_with_desk(_retention))

    hold = _with_settings(commands, "hold", "keep what is about a child, or in a thread, however old it is")
    hold.add_argument("what", nargs="?", metavar="CHILD|THREAD", help="an id, or a child's id in the register")
    hold.add_argument("--reason", default="", help="why, for those who lift it one day")
    hold.add_argument("--lift", action="store_true", help="let it go again when its time is over")
    hold.add_argument("--json", action="store_true", help="one object a line")
    hold.set_defaults(command=_with_desk(_hold))

    corrections = _with_settings(commands, "corrections", "hand out, without names, what staff say was heard wrong")
    corrections.add_argument(
        "--export", type=Path, required=True, metavar="FILE", help="write them as cases, a line each"
    )
    corrections.set_defaults(command=_with_desk(_corrections))

    book = _with_settings(commands, "book", "tell a child's book as a member of staff may read it")
    book.add_argument("child", metavar="CHILD", help="an id, or the register's id")
    book.add_argument("--as", dest="staff", required=True, metavar="STAFF", help="a login, an id, or the register's id")
    book.add_argument("--json", action="store_true", help="one object a line")
    book.set_defaults(command=_with_desk(_book))


def _add_talk(commands: Commands) -> None:
    talk = commands.add_parser("talk", help="hold a conversation with the bots in this terminal")
    talk.add_argument("--language", default="nb", choices=["nb", "nn", "sv", "fi", "en"])
    talk.add_argument("--listener", default="hearing", metavar="NAME")
    talk.add_argument("--scene", default=None, metavar="HEAD", help="who is there and when: a transcript's first line")
    talk.set_defaults(command=_talk)


def _with_settings(commands: Commands, name: str, words: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=words)
    parser.add_argument(
        "--config", type=Path, default=Path("config.toml"), metavar="FILE", help="the settings; else config.toml here"
    )
    parser.add_argument(
        "--secrets",
        type=Path,
        default=None,
        metavar="DIR",
        help="the folder of secrets; else secrets beside the settings",
    )
    return parser


def _settings(asked: argparse.Namespace) -> Settings:
    return load_settings(asked.config, asked.secrets)


def _with_desk(command: Asynchronous) -> Callable[[argparse.Namespace], int]:
    """Open the store, brought up to date, for one command."""

    def run(asked: argparse.Namespace) -> int:
        from hub.clock import SystemClock
        from hub.doorbell import LocalDoorbell

        importlib.import_module("hub.tables")  # a row may refer to any table, also one that the command does not touch
        settings = _settings(asked)

        async def with_desk() -> int:
            bring_up_to_date(settings.hub.url)
            desk = Desk(settings.hub.url, SystemClock(), LocalDoorbell(), settings.hub.language, node=_node("cli"))
            try:
                return await command(asked, settings, desk)
            finally:
                await desk.close()

        return asyncio.run(with_desk())

    return run


def _plain(error: Exception) -> str:
    """What an error says to a person; of the system's, which file it is about and what is wrong with it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return str(error)


def _node(name: str) -> str:
    import os
    import socket

    return f"{socket.gethostname()}.{name}.{os.getpid()}"


def _init(asked: argparse.Namespace) -> int:
    from hub.beginning import init

    return init(asked.folder, print)


def _run(asked: argparse.Namespace) -> int:
    from hub.serving import serve

    return serve(_settings(asked), print)


async def _register_load(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.register.command import load

    return await load(
        desk, asked.file, print, apply_it=asked.apply, large=asked.large, approve=asked.approve, as_json=asked.json
    )


async def _invite(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.asker import operator_asker
    from hub.sign_in.invitations import invite_link

    print(await desk.work(operator_asker("invite"), invite_link, asked.staff, settings.staff.url))
    return OK


def _doctor(asked: argparse.Namespace) -> int:
    from hub.clock import SystemClock
    from hub.operations.doctor import examine

    settings = _settings(asked)
    return asyncio.run(
        examine(settings, asked.config, asked.secrets, SystemClock(), print, fix=asked.fix, as_json=asked.json)
    )


def _backup(asked: argparse.Namespace) -> int:
    from hub.clock import SystemClock
    from hub.operations.backup import BackupFailedError, back_up
    from hub.operations.sealed_file import BrokenFileError

    settings = _settings(asked)
    bring_up_to_date(settings.hub.url)
    try:
        hub = settings.hub
        return back_up(hub.url, hub.data, asked.target, hub.backup_keys, SystemClock().now(), print)
    except (BackupFailedError, BrokenFileError, OSError) as error:
        print(f"There is no backup: {_plain(error)}", file=sys.stderr)
        return FAILED


def _restore(asked: argparse.Namespace) -> int:
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
        print(f"Nothing was restored: {_plain(error)}", file=sys.stderr)
        return FAILED


async def _verify(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.asker import operator_asker
    from hub.operations.audit_check import check_audit

    anchors = settings.hub.data / "anchors.jsonl"
    return await desk.look(operator_asker("verify"), check_audit, anchors, print, asked.json)


async def _ledger(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.asker import operator_asker
    from hub.operations.ledger import tell_ledger

    await desk.look(operator_asker("ledger"), tell_ledger, print, asked.json)
    return OK


async def _retention(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.operations.retention import tell_retention

    return await tell_retention(desk, settings, print, apply=asked.apply, as_json=asked.json)


async def _hold(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.operations.holds import set_hold, tell_holds

    if asked.what is None:
        return await tell_holds(desk, print, asked.json)
    return await set_hold(desk, asked.what, asked.reason, print, lift=asked.lift)


async def _corrections(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.asker import operator_asker
    from hub.talk.corrections import export

    lines = await desk.work(operator_asker("command corrections"), export)
    await asyncio.to_thread(asked.export.write_text, "".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} cases written. Look at each before it is used: what was meant is one tap's worth.")
    return OK


async def _book(asked: argparse.Namespace, settings: Settings, desk: Desk) -> int:
    from hub.operations.book import tell_book

    return await tell_book(desk, asked.child, asked.staff, print, asked.json)


def _talk(asked: argparse.Namespace) -> int:
    from hub.assembly import load_bots, load_part
    from hub.school.facts import list_facts
    from hub.talk.cast import UnreadableSceneError
    from hub.talk.terminal import HEAD, talk

    async def converse() -> None:
        listener = load_part("listeners", asked.listener)()
        await listener.start()
        try:
            head = asked.scene or HEAD
            await talk(asked.language, listener, load_bots(), _read_line, print, head=head, facts=[list_facts])
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
