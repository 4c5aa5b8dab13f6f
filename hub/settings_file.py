"""Reads the settings: one TOML file, then secret files and the environment, which say it better."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.config import PREFIX, Settings, SettingsError, explain


def load_settings(file: Path, secrets: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the file, then let secret files and the environment say it better. Raises: SettingsError.

    `BUDBOK_CHANNELS__SMS__TWILIO__AUTH_TOKEN` names `[channels.sms.twilio] auth_token`, as does a file of that name
    in `secrets`. A secrets folder called "secrets" beside the file is read unless another is named.
    """
    try:
        tree = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"There is no settings file {file}; `budbok init DIR` writes one.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from None
    folder = secrets or file.parent / "secrets"
    if secrets is not None and not secrets.is_dir():
        raise SettingsError(f"There is no folder of secrets {secrets}.")
    named = {}
    if folder.is_dir():
        named = {p.name: p.read_text("utf-8").strip() for p in sorted(folder.iterdir()) if p.name.startswith(PREFIX)}
    named.update({name: value for name, value in environment.items() if name.startswith(PREFIX) and "__" in name})
    for name, value in named.items():
        _put(tree, name.removeprefix(PREFIX).lower().split("__"), value)
    try:
        return Settings.model_validate(_relative_to(tree, file.parent))
    except ValidationError as error:
        raise SettingsError(explain(error, "")) from None


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            raise SettingsError(f"The setting {'.'.join(path)} stands inside something that is no section.")
    stripped = value.strip()
    tree[path[-1]] = tomllib.loads(f"value = {stripped}")["value"] if stripped.startswith("[") else value


def _relative_to(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    hub = tree.get("hub")
    if isinstance(hub, dict) and isinstance(hub.get("data"), str):
        hub["data"] = str((folder / hub["data"]).resolve())
    return tree
