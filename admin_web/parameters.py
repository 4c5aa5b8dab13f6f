"""What a page may be asked: each name once, each value of its type, and no other names.

Source: security rules S3.9 and S7.10.
"""

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Annotated, Any, TypeVar, get_origin

from multidict import MultiMapping
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

TOKEN = "token"  # noqa: S105  # the name of a field

PublicId = Annotated[str, Field(pattern=r"^[0-9a-v]{26}$")]
BackPath = Annotated[str, Field(max_length=2000)]


def _without_zone(given: time) -> time:
    if given.tzinfo is not None:
        raise ValueError("a time by the unit's own clock has no zone")
    return given


FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
"""Between them days can be reckoned with: whatever is shown beside one has a day before and one after."""
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
WallClock = Annotated[time, AfterValidator(_without_zone)]
"""On the wall of a unit."""


class BadInputError(Exception):
    """What was asked has no one meaning. `names` are the parameters at fault, never their values."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__("bad input")
        self.names = tuple(names)


class NoSuchPathError(Exception):
    """A part of the path is not of its type, so there is no such page."""


class Asked(BaseModel):
    """The parameters of one page, from its path and its query (GET) or its form (POST)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NothingAsked(Asked):
    """Of a page without parameters."""


A = TypeVar("A", bound=Asked)


def read_asked(model: type[A], path: Mapping[str, str], given: MultiMapping[Any]) -> A:
    """Raises: BadInputError; NoSuchPathError."""
    values: dict[str, Any] = dict(path)
    for name in given:
        told = given.getall(name)
        field = model.model_fields.get(name)
        if name in path or any(not isinstance(value, str) or "\0" in value for value in told):
            raise BadInputError([name])
        if field is not None and get_origin(field.annotation) in (tuple, list, frozenset, set):
            values[name] = told
        elif len(told) > 1:
            raise BadInputError([name])
        elif told[0] or field is None or field.is_required():
            values[name] = told[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        names = {str(fault["loc"][0]) for fault in error.errors(include_input=False, include_url=False) if fault["loc"]}
        if names & set(path):
            raise NoSuchPathError from None
        raise BadInputError(sorted(names)) from None


def local_path(text: str, home: str = "/") -> str:
    """A path of this site to go back to; anything else becomes the first page, `home`."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    is_ours = text == home or text.startswith(home.rstrip("/") + "/")
    return text if is_local and is_ours else home
