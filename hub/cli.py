"""The command `budbok`: what may be asked of it, and how it says that something went wrong."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from hub.commands import (
    FAILED,
    OK,
    WRONG_SETTINGS,
    backup_command,
    book_command,
    corrections_command,
    doctor_command,
    hold_command,
    init_command,
    invite_command,
    ledger_command,
    plain,
    reader_command,
    records_export_command,
    records_list_command,
    register_load_command,
    restore_command,
    retention_command,
    run_command,
    talk_command,
    verify_command,
    with_desk,
)
from hub.config import SettingsError
from hub.desk import Refusal, StoreAwayError
from hub.installed import installed
from hub.language import WRITTEN
from hub.upgrade import NewerStoreError
from hub.words import Words

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
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
        print(plain(error), file=sys.stderr)
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
    init.set_defaults(command=init_command)

    run = _with_settings(commands, "run", "bring the store up to date and serve")
    run.set_defaults(command=run_command)

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
    load.set_defaults(command=with_desk(register_load_command))

    invite = _with_settings(commands, "invite", "print a one-time sign-in link")
    invite.add_argument("staff", metavar="STAFF", help="the login of a member of staff")
    invite.set_defaults(command=with_desk(invite_command))

    _add_operations(commands)
    _add_records(commands)
    _add_talk(commands)
    for point in installed("commands"):
        part = point.load()
        own = commands.add_parser(point.name, help=part.words)
        part.add_arguments(own)
        own.set_defaults(command=part.run)
    return parser


def _add_operations(commands: Commands) -> None:
    doctor = _with_settings(commands, "doctor", "see whether all is well, and what to do where it is not")
    doctor.add_argument("--fix", action="store_true", help="let the provider's numbers tell us of what comes in")
    doctor.add_argument("--json", action="store_true", help="one object a line")
    doctor.set_defaults(command=doctor_command)

    backup = _with_settings(commands, "backup", "write a sealed backup of a running hub, and read it back")
    backup.add_argument("target", type=Path, metavar="DIR|FILE", help="a folder, or a name that is not taken yet")
    backup.set_defaults(command=backup_command)

    restore = _with_settings(commands, "restore", "make a backup a store again")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--into", type=Path, required=True, metavar="DIR", help="the data folder to fill")
    restore.add_argument(
        "--database", default=None, metavar="URL", help="the store to fill, where it is not SQLite in DIR"
    )
    restore.add_argument("--replace", action="store_true", help="put what is there aside")
    restore.set_defaults(command=restore_command)

    verify = _with_settings(commands, "verify", "see whether the audit is whole")
    verify.add_argument("--json", action="store_true", help="one object a line")
    verify.add_argument(
        "--anchors",
        action="append",
        type=Path,
        default=[],
        help="the anchors.jsonl of another machine on the same store",
    )
    verify.set_defaults(command=with_desk(verify_command))

    ledger = _with_settings(commands, "ledger", "tell every delivery and what became of it, by ids")
    ledger.add_argument("--json", action="store_true", help="one object a line")
    ledger.set_defaults(command=with_desk(ledger_command))

    retention = _with_settings(commands, "retention", "show what is kept past its time, and would be let go")
    retention.add_argument("--apply", action="store_true", help="let it go")
    retention.add_argument("--json", action="store_true", help="one object a line")
    retention.set_defaults(command=with_desk(retention_command))

    hold = _with_settings(commands, "hold", "keep what is about a child, or in a thread, however old it is")
    hold.add_argument("what", nargs="?", metavar="CHILD|THREAD", help="an id, or a child's id in the register")
    hold.add_argument("--reason", default="", help="why, for those who lift it one day")
    hold.add_argument("--lift", action="store_true", help="let it go again when its time is over")
    hold.add_argument("--json", action="store_true", help="one object a line")
    hold.set_defaults(command=with_desk(hold_command))

    corrections = _with_settings(commands, "corrections", "hand out, without names, what staff say was heard wrong")
    corrections.add_argument(
        "--export", type=Path, required=True, metavar="FILE", help="write them as cases, a line each"
    )
    corrections.set_defaults(command=with_desk(corrections_command))

    reader = _with_settings(commands, "reader", "name who may know of a child with a secret address: a leader says yes")
    reader.add_argument("child", metavar="CHILD", help="an id, or the register's id")
    reader.add_argument("staff", metavar="STAFF", help="a login, an id, or the register's id")
    reader.add_argument("--end", action="store_true", help="they may know of the child no more, from now on")
    reader.set_defaults(command=with_desk(reader_command))

    book = _with_settings(commands, "book", "tell a child's book as a member of staff may read it")
    book.add_argument("child", metavar="CHILD", help="an id, or the register's id")
    book.add_argument("--as", dest="staff", required=True, metavar="STAFF", help="a login, an id, or the register's id")
    book.add_argument("--json", action="store_true", help="one object a line")
    book.set_defaults(command=with_desk(book_command))


def _add_records(commands: Commands) -> None:
    records = commands.add_parser("records", help="what is kept for the archive, and how it leaves")
    acts = records.add_subparsers(required=True, metavar="ACT")
    waiting = _with_settings(acts, "list", "tell how much waits to leave, and what left")
    waiting.add_argument("--json", action="store_true", help="one object a line")
    waiting.set_defaults(command=with_desk(records_list_command))

    export = _with_settings(acts, "export", "write what waits into a folder that reads without Budbok")
    export.add_argument("--owner", required=True, metavar="OWNER", help="an id, the register's id, or the name")
    export.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="empty, or of an export that stopped")
    export.add_argument(
        "--since", type=date.fromisoformat, metavar="DAY", help="only what was kept from this day on, UTC"
    )
    export.add_argument("--again", action="store_true", help="what has left already, once more")
    export.add_argument("--protected", action="store_true", help="also what is of protected children")
    export.set_defaults(command=with_desk(records_export_command))


def _add_talk(commands: Commands) -> None:
    talk = commands.add_parser("talk", help="hold a conversation with the bots in this terminal")
    talk.add_argument("--language", default="nb", choices=WRITTEN)
    talk.add_argument("--listener", default="hearing", metavar="NAME")
    talk.add_argument("--scene", default=None, metavar="HEAD", help="who is there and when: a transcript's first line")
    talk.set_defaults(command=talk_command)


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
