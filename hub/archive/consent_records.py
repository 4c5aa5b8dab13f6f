"""Records of consents, where the owner says always: each word as it was said, to which text, by whom, how and when.

A word that was taken back stays a record, and the taking back is one more. Source: security rule S3.1.
"""

import sqlalchemy as sa

from hub.archive.leave_records import BUDBOK, HIDDEN
from hub.archive.message_records import SETTLED
from hub.archive.records import Direction, Kept, Person, RecordKind, Written, find_record, keep_record
from hub.archive.rules import ArchiveRule, Keep, Matter
from hub.clock import first_id
from hub.desk import Work
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit, list_units_of
from hub.safety.home_unit import find_home_unit
from hub.school.consent_kinds import CHILD, ConsentText, in_language
from hub.school.consents import Consent


def gather_consents(work: Work, most: int) -> int:
    """What was said since the rule was set and is settled, `most` words of an owner at most; how many were looked at."""
    rules = work.session.scalars(
        sa.select(ArchiveRule)
        .where(ArchiveRule.keep == Keep.ALWAYS, ArchiveRule.matter == Matter.CONSENTS)
        .order_by(ArchiveRule.owner_id)
    )
    return sum(_gather(work, rule, most) for rule in rules.all())


def _gather(work: Work, rule: ArchiveRule, most: int) -> int:
    work.take_turns([f"{rule.owner_id} {Matter.CONSENTS}"])
    asked = (
        sa.select(Consent)
        .where(
            Consent.owner_id == rule.owner_id,
            Consent.id > (rule.gathered_to or first_id(rule.set_at)),
            Consent.id < first_id(work.now - SETTLED),
        )
        .order_by(Consent.id)
        .limit(most)
    )
    found = work.session.scalars(asked).all()
    for consent in found:
        rule.gathered_to = consent.id
        if find_record(work, RecordKind.CONSENT, consent.id, consent.child_id) is None:
            _keep(work, consent)
    work.session.flush()
    return len(found)


def _keep(work: Work, consent: Consent) -> None:
    child = work.session.get_one(Child, consent.child_id)
    unit = _find_unit(work, child)
    if unit is None:
        return
    language, at = unit.languages[0], unit.local(consent.at)
    say = work.words.in_language(language).say
    text = work.session.get_one(ConsentText, consent.text_id)
    names = names_of(work, guardians={consent.guardian_id}, staff={consent.said_by})
    guardian = Person(consent.guardian_id, names.get(consent.guardian_id, unit.name))
    word = "undone" if consent.undoes is not None else "yes" if consent.granted else "no"
    title = say("records.consent", child=child.name)
    facts = (
        say("records.consent_said", kind=in_language(text.names, language), word=word, who=guardian.name, at=at),
        say("records.consent_how", how=consent.how, staff=names.get(consent.said_by, unit.name)),
    )
    kept = Kept(
        kind=RecordKind.CONSENT,
        subject_id=consent.id,
        case=f"file {child.id} {unit.id}",
        at=consent.at,
        direction=Direction.IN,
        case_title=say("records.case_file", child=child.name),
        case_title_public=say("records.case_file", child=HIDDEN),
        title=title,
        title_public=say("records.consent", child=HIDDEN),
        responsible=unit.name,
        senders=(guardian,),
        receivers=(),
        documents=(Written(title, facts, in_language(text.texts, language).replace(CHILD, child.name)),),
        is_over=False,
    )
    keep_record(work, child, unit, kept, BUDBOK)


def _find_unit(work: Work, child: Child) -> Unit | None:
    """Where the child goes, or where it has left, any of the owner's."""
    return find_home_unit(work, child.id) or next(iter(list_units_of(work, child.owner_id)), None)
