"""How what holds for a child and a consent is drawn, for staff and for families: a shape and a word or two."""

from admin_web.page import AnyVisit
from hub.school.consent_standing import Standing, Verdict

PILL = {Verdict.GIVEN: "here", Verdict.NO: "away", Verdict.OPEN: "unheard"}


def word_of(visit: AnyVisit, standing: Standing) -> str:
    """What holds, in a word or two."""
    return visit.say("consents.conflict" if standing.is_conflict else f"consents.{standing.verdict}")
