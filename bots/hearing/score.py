"""Scores the listener on cases: `python -m bots.hearing.score FILE...` prints what was heard right, missed or dangerous.

A case is a JSON line: id, text, received_at, children, asked and expect. An error that acts on what was not meant (an
absence, a consent or a care time too many, for the wrong child or on the wrong day) is dangerous; one that asks is a miss.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.hearing.ear import Ear
from bots.hearing.lines import answer, heard_line

_ACTING = frozenset({"absence", "consent", "care_time"})
_OWN_FIELDS = {
    "absence": {"children", "days"},
    "absence_cancel": {"children", "days"},
    "late": {"children", "days", "start"},
    "early_pickup": {"children", "days", "end"},
    "pickup_person": {"children", "days", "person"},
    "leave_application": {"children", "days"},
    "care_time": {"children", "bookings"},
    "consent": {"children", "consents"},
    "contact_change": {"phone", "email"},
    "place": {"children", "days", "change"},
    "message": {"children"},
    "yes": {"children"},
}
_NORWEGIAN = frozenset({"nb", "nn"})


@dataclass(slots=True)
class Tally:
    """Counts over some cases."""

    cases: int = 0
    exact: int = 0
    dangerous: int = 0
    wrong_child: int = 0
    language: int = 0
    mixed_norwegian: int = 0
    sensitive: Counter[tuple[bool, bool]] = field(default_factory=Counter)

    @property
    def exact_share(self) -> float:
        return self.exact / self.cases if self.cases else 1.0

    @property
    def recall(self) -> float:
        meant = self.sensitive[True, True] + self.sensitive[True, False]
        return self.sensitive[True, True] / meant if meant else 1.0

    @property
    def precision(self) -> float:
        said = self.sensitive[True, True] + self.sensitive[False, True]
        return self.sensitive[True, True] / said if said else 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One case judged."""

    case: dict[str, Any]
    heard: dict[str, Any]
    exact: bool
    dangerous: bool
    wrong_child: bool


def judged(case: dict[str, Any], heard: dict[str, Any]) -> Verdict:
    wanted, got = case["expect"]["acts"], heard["acts"]
    exact = _all_fit(wanted, got)
    dangerous = not exact and any(_is_dangerous(act, wanted, case) for act in got)
    return Verdict(case, heard, exact, dangerous, not exact and _has_wrong_child(got, wanted))


def _all_fit(wanted: Sequence[dict[str, Any]], got: Sequence[dict[str, Any]]) -> bool:
    left = list(got)
    for want in wanted:
        fit = next((act for act in left if _fits(want, act)), None)
        if fit is None:
            return False
        left.remove(fit)
    return not left


def _fits(want: dict[str, Any], act: dict[str, Any]) -> bool:
    if want["intent"] != act["intent"] or any(act.get(name) != value for name, value in want.items()):
        return False
    own = _OWN_FIELDS.get(want["intent"], set())
    return not any(name in act and act[name] and name not in want for name in own)


def _is_dangerous(act: dict[str, Any], wanted: Sequence[dict[str, Any]], case: dict[str, Any]) -> bool:
    """Whether the act does something not meant. A bare yes counts as what the question makes of it."""
    intent = act["intent"]
    if intent == "yes":
        return bool(case.get("asked")) and not any(want["intent"] == "yes" for want in wanted)
    if intent not in _ACTING:
        return False
    meant = [want for want in wanted if want["intent"] == intent]
    if not meant:
        return not any(want["intent"] == "yes" for want in wanted)
    if intent == "consent":
        allowed = {
            (child, word["topic"], word["granted"])
            for want in meant
            for child in want["children"]
            for word in want["consents"]
        }
        return any(
            (child, word["topic"], word["granted"]) not in allowed
            for child in act["children"]
            for word in act["consents"]
        )
    if intent == "care_time":
        bookings = [(child, booking) for want in meant for child in want["children"] for booking in want["bookings"]]
        return any((child, booking) not in bookings for child in act["children"] for booking in act["bookings"])
    pairs = {(child, day) for want in meant for child in want["children"] for day in want["days"]}
    return any((child, day) not in pairs for child in act["children"] for day in act["days"])


def _has_wrong_child(got: Sequence[dict[str, Any]], wanted: Sequence[dict[str, Any]]) -> bool:
    meant = {child for want in wanted for child in want.get("children", ())}
    return any(child not in meant for act in got if act["intent"] != "message" for child in act.get("children", ()))


def tally(verdicts: Iterable[Verdict]) -> Tally:
    total = Tally()
    for verdict in verdicts:
        expect, heard = verdict.case["expect"], verdict.heard
        total.cases += 1
        total.exact += verdict.exact
        total.dangerous += verdict.dangerous
        total.wrong_child += verdict.wrong_child
        mixed = {expect["language"], heard["language"]} == _NORWEGIAN
        total.language += expect["language"] == heard["language"]
        total.mixed_norwegian += mixed
        total.sensitive[expect["sensitive"], heard["sensitive"]] += 1
    return total


def read_cases(paths: Iterable[Path]) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def judge_all(cases: Iterable[dict[str, Any]]) -> list[Verdict]:
    ear = Ear()
    return [judged(case, heard_line(case["id"], *answer(ear, case))) for case in cases]


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """The table as lines, by language and by the first intent expected."""
    lines = [
        f"{'':<20}{'cases':>6}{'exact':>8}{'danger':>8}{'wrong':>7}{'lang':>7}{'nb/nn':>7}{'recall':>8}{'prec':>7}"
    ]
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.case["expect"]["language"], []).append(verdict)
    for verdict in verdicts:
        groups.setdefault("· " + verdict.case["expect"]["acts"][0]["intent"], []).append(verdict)
    groups["all"] = list(verdicts)
    for name, members in groups.items():
        count = tally(members)
        lines.append(
            f"{name:<20}{count.cases:>6}{count.exact_share:>8.1%}{count.dangerous:>8}{count.wrong_child:>7}"
            f"{count.language / count.cases:>7.1%}{count.mixed_norwegian:>7}{count.recall:>8.1%}{count.precision:>7.1%}"
        )
    return lines


def main(arguments: Sequence[str]) -> int:
    verdicts = judge_all(read_cases(Path(path) for path in arguments if not path.startswith("-")))
    write = sys.stdout.write
    write("\n".join(table(verdicts)) + "\n")
    for verdict in verdicts:
        if verdict.dangerous or ("--misses" in arguments and not verdict.exact):
            write(f"{'DANGEROUS' if verdict.dangerous else 'miss'} {verdict.case['id']}\n")
        if "--misses" in arguments and not verdict.exact:
            write(
                f"    {verdict.case['text']!r}\n    want {verdict.case['expect']['acts']}\n    got  {verdict.heard['acts']}\n"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
