"""Whether a PDF keeps the rules of PDF/A-2a and PDF/UA-1 that can be decided by looking at it, whatever it says of itself."""

from tests.hub.letters import pdf_archive_rules, pdf_font_rules, pdf_speech_rules
from tests.hub.letters.pdf_read import Pdf

_RULES = (*pdf_archive_rules.RULES, *pdf_font_rules.RULES, *pdf_speech_rules.RULES)
RULES = {rule.__name__.replace("_", " "): rule for rule in _RULES}
"""By what each says."""


def faults_of(raw: bytes) -> list[str]:
    """Each rule that is broken, as its name and where; none where all are kept."""
    pdf = Pdf(raw)
    return sorted({f"{name}: {where}" for name, rule in RULES.items() for where in rule(pdf)})
