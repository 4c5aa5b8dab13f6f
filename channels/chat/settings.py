"""What an owner decides about chat: each way has a table of its own beside `use`, where there is anything to decide."""

from pydantic import BaseModel


class AppSettings(BaseModel, extra="forbid"):
    """The table `[channels.chat.app]`, which may be left out: the family pages need nothing said."""
