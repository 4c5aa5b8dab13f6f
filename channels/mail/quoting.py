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
    r"|_{20,}|-- ?|.{0,20}##-.{1,200}-##.{0,20}",
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


_GREETING = re.compile(
    r"(med vennlig hilsen|med venleg helsing|vennlig hilsen|venleg helsing|hilsen|helsing|mvh|vh|med vänlig hälsning"
    r"|med vänliga hälsningar|vänliga hälsningar|hälsningar|med venlig hilsen|venlig hilsen|ystävällisin terveisin|terveisin"
    r"|t\.|kind regards|best regards|regards|yours sincerely|best wishes)[,.!]?(?P<name>\s.{1,60})?",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"(\+?\d[\d \-]{6,}\d)|@|www\.|https?://", re.IGNORECASE)
_MORE = re.compile(r"p\.?\s?s\b", re.IGNORECASE)
_LINES_OF_A_SIGNATURE = 12


def mark_line(words: str) -> str:
    """A line of our own mails over which an answer is written, however a mail program quotes it."""
    return f"##- {words} -##"


def cut_quoted(text: str) -> str:
    """The words of the sender alone; empty where there are none."""
    lines = text.splitlines()
    end = next((at for at in range(len(lines)) if _ends_here(lines, at)), len(lines))
    own = [line for line in lines[:end] if not line.startswith(">")]
    return "\n".join(own).strip()


def cut_signature(text: str) -> str:
    """Without the block below a greeting and a name that tells how to reach the writer: a mail program adds it."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        greeting = _GREETING.fullmatch(line.strip())
        if greeting is None:
            continue
        below = (place for place in range(at + 1, len(lines)) if lines[place].strip())
        name = at if greeting["name"] else next(below, len(lines))
        rest = [one.strip() for one in lines[name + 1 :] if one.strip()]
        if 0 < len(rest) <= _LINES_OF_A_SIGNATURE and _is_block(rest):
            return "\n".join(lines[: name + 1]).strip()
    return text.strip()


def _is_block(lines: list[str]) -> bool:
    return any(_CONTACT.search(line) for line in lines) and not any(_MORE.match(line) for line in lines)


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
