"""Judges what was heard against what a case expects: exactly right, a miss, or dangerous.

A case is a JSON line: id, text, received_at, children, asked and expect. An error that acts on what was not meant (an
absence, a consent or a care time too many, for the wrong child or on the wrong day) is dangerous; one that asks is a miss.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.hearing.ear import Ear
from bots.hearing.lines import answer, heard_line

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
    """Counts over some cases. `language` counts those told right; Bokmål taken for Nynorsk, or the reverse, is apart."""

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
    def language_share(self) -> float:
        """Of those that are not Bokmål taken for Nynorsk, or the reverse."""
        told = self.cases - self.mixed_norwegian
        return self.language / told if told else 1.0

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
    meant = set(_effects(case, wanted))
    dangerous = not exact and any(effect not in meant for effect in _effects(case, got))
    return Verdict(case, heard, exact, dangerous, not exact and _has_wrong_child(case, got, wanted))


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


def _effects(case: dict[str, Any], acts: Sequence[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """What the acts would do that one may regret, each as (intent, child, what). A bare yes does what was asked."""
    for act in acts:
        match act["intent"]:
            case "absence":
                yield from (("absence", child, day) for child in act["children"] for day in act["days"])
            case "consent":
                for child in act["children"]:
                    yield from (("consent", child, word["topic"], word["granted"]) for word in act["consents"])
            case "care_time":
                for child in act["children"]:
                    yield from (("care_time", child, json.dumps(told, sort_keys=True)) for told in act["bookings"])
            case "yes" if case.get("asked"):
                yield from _effects_of_yes(case["asked"], act.get("children", ()))
            case _:
                pass


def _effects_of_yes(asked: dict[str, Any], children: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    match asked["about"]:
        case "absence_check":
            yield "absence", asked["child"], asked["day"]
        case "consent":
            yield "consent", asked["child"], asked["topic"], True
        case "which_child" | "which_days":
            yield from (("picked", child) for child in children)
        case about:
            yield (about,)


def _has_wrong_child(case: dict[str, Any], got: Sequence[dict[str, Any]], wanted: Sequence[dict[str, Any]]) -> bool:
    """Whether an act names a child that no act of its kind is meant for; where there is none of it, that no act is."""
    everyone = {child for want in wanted for child in want.get("children", ())}
    if any(want["intent"] == "yes" for want in wanted):
        everyone.add((case.get("asked") or {}).get("child", ""))
    for act in got:
        kind = [want for want in wanted if want["intent"] == act["intent"]]
        meant = {child for want in kind for child in want.get("children", ())} if kind else everyone
        if act["intent"] != "message" and any(child not in meant for child in act.get("children", ())):
            return True
    return False


def tally(verdicts: Iterable[Verdict]) -> Tally:
    total = Tally()
    for verdict in verdicts:
        expect, heard = verdict.case["expect"], verdict.heard
        total.cases += 1
        total.exact += verdict.exact
        total.dangerous += verdict.dangerous
        total.wrong_child += verdict.wrong_child
        total.language += expect["language"] == heard["language"]
        total.mixed_norwegian += {expect["language"], heard["language"]} == _NORWEGIAN
        total.sensitive[expect["sensitive"], heard["sensitive"]] += 1
    return total


def read_cases(paths: Iterable[Path]) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def judge_all(cases: Iterable[dict[str, Any]]) -> list[Verdict]:
    ear = Ear()
    return [judged(case, heard_line(case["id"], *answer(ear, case))) for case in cases]
