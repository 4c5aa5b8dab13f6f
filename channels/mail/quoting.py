"""What somebody wrote themselves in a mail: without what they answer, and without their signature.

The whole mail is kept beside it.
"""

import re

_WROTE = re.compile(
    r"(on|den|the|am|le|man|tir|ons|tor|fre|lør|søn|mån|tis|lör|sön|ma|ti|ke|to|pe|la|su|\d).{0,250}"
    r"(wrote|skrev|kirjoitti|schrieb|a écrit)\b.{0,100}:",
    re.IGNORECASE,
)
_DIVIDER = re.compile(
    r"(-{2,}\s*(original message|opprinnelig melding|opphavleg melding|ursprungligt meddelande|oprindelig meddelelse"
    r"|alkuperäinen viesti|forwarded message|videresendt melding|vidarebefordrat meddelande|välitetty viesti)\s*-{2,})"
    r"|_{20,}|-- ?",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(from|fra|frå|från|lähettäjä):\*?\s.{1,300}", re.IGNORECASE)
_SENT = re.compile(r"\*?(sent|sendt|sendt dato|skickat|lähetetty|date|dato|datum|päivä|päiväys):\*?\s", re.IGNORECASE)
_DEVICE = re.compile(
    r"(sent from|sendt fra|sendt frå|skickat från|lähetetty|get outlook|hent outlook|få outlook|hämta outlook"
    r"|hanki outlook)\b.{0,80}",
    re.IGNORECASE,
)
_LINES_OF_A_HEADER = 4


def cut_quoted(text: str) -> str:
    """The words of the sender alone; empty where there are none."""
    lines = text.splitlines()
    end = next((at for at in range(len(lines)) if _ends_here(lines, at)), len(lines))
    own = [line for line in lines[:end] if not line.startswith(">")]
    return "\n".join(own).strip()


def _ends_here(lines: list[str], at: int) -> bool:
    line = lines[at].rstrip("\r")
    plain = line.strip()
    if not plain:
        return False
    if _DIVIDER.fullmatch(line) or _DEVICE.fullmatch(plain):
        return True
    if _FROM.fullmatch(plain):
        return any(_SENT.match(later.strip()) for later in lines[at + 1 : at + 1 + _LINES_OF_A_HEADER])
    both = " ".join([plain, *(later.strip() for later in lines[at + 1 : at + 2])])
    return bool(_WROTE.fullmatch(plain) or (len(plain) < 200 and _WROTE.fullmatch(both)))
