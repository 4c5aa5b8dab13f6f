"""The command `budbok`. Each command imports what it needs when it is called, so that small ones start fast."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from hub.config import Settings, SettingsError, load_settings
from hub.desk import Desk

Asynchronous = Callable[[argparse.Namespace, Settings, Desk], Awaitable[int]]
OK, FAILED, WRONG_SETTINGS = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 not done, 2 the settings are not right."""
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.command(asked)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return WRONG_SETTINGS
    except BrokenPipeError:
        return OK
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="budbok", description="A messaging hub for schools: one message book per child."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    init = commands.add_parser("init", help="write config.toml and fresh secrets into a folder")
    init.add_argument("folder", type=Path, metavar="DIR")
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

    return parser


def _with_settings(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, words: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=words)
    parser.add_argument("--config", type=Path, default=Path("config.toml"), metavar="FILE")
    parser.add_argument("--secrets", type=Path, default=None, metavar="DIR", help="a folder of secret files")
    return parser


def _settings(asked: argparse.Namespace) -> Settings:
    return load_settings(asked.config, asked.secrets)


def _with_desk(command: Asynchronous) -> Callable[[argparse.Namespace], int]:
    """Open the store, brought up to date, for one command."""

    def run(asked: argparse.Namespace) -> int:
        from hub.clock import SystemClock
        from hub.doorbell import LocalDoorbell
        from hub.upgrade import bring_up_to_date

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
