"""Logs: one JSON object a line on standard error, ids only. A scrubber takes out what looks like an address, as a net."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

_LOOKS_LIKE_AN_ADDRESS = re.compile(
    r"\+?\d[\d -]{6,18}\d|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}"
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def scrub(text: str) -> str:
    """Phone numbers, mail addresses and the addresses of machines become three dots."""
    return _LOOKS_LIKE_AN_ADDRESS.sub("•••", text)


class JsonLines(logging.Formatter):
    """`at`, `level`, `where`, `what`, the ids handed in as extra, and for a fault the places it passed, without its values."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "where": record.name,
            "what": scrub(record.getMessage()),
        }
        line.update(
            {k: v if isinstance(v, int) else scrub(str(v)) for k, v in vars(record).items() if k not in _STANDARD}
        )
        if record.exc_info and record.exc_info[0] is not None:
            line["fault"] = record.exc_info[0].__name__
            line["passed"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _places(trace: Any) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]


def set_up_logs(level: int = logging.INFO) -> None:
    """Everything that is logged goes out as JSON lines; libraries speak from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("hub", "channels", "bots", "admin_web"):
        logging.getLogger(name).setLevel(level)
