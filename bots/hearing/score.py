"""Scores the listener: `python -m bots.hearing.score FILE|FOLDER...` holds what was heard against what must be reached.

It prints a table by language, intent and phenomenon for the named corpus, for our own cases and for the parts of them that
are held out, each with its dangerous errors. `--misses` lists all errors; `--given` leaves our own cases out.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

from bots.hearing.judging import Verdict, judge_all, read_cases, tally

OWN_CASES = Path(str(resources.files("bots.hearing") / "cases"))
HELD_OUT = "held_out"
LONG_TEXT = 160
_LEAST_AND_AIM = {"nb": (0.92, 0.98), "sv": (0.92, 0.98), "fi": (0.92, 0.98)}
_OTHERS = (0.90, 0.97)
_COLUMNS = f"{'cases':>6}{'exact':>8}{'danger':>8}{'wrong':>7}{'lang':>8}{'nb/nn':>7}{'recall':>8}{'prec':>8}"


def phenomena(case: dict[str, Any]) -> Iterator[str]:
    """What may make a case hard: what its author says, and what can be counted."""
    acts = case["expect"]["acts"]
    if "phenomenon" in case:
        yield str(case["phenomenon"])
    yield "one child" if len(case["children"]) == 1 else "several children"
    if any(act.get("children") == [] for act in acts):
        yield "child left open"
    if any(len(act.get("days", ())) > 1 for act in acts):
        yield "several days"
    if any("start" in act or "end" in act or "bookings" in act for act in acts):
        yield "clock times"
    if len(acts) > 1:
        yield "several acts"
    if case.get("asked"):
        yield f"asked: {case['asked']['about']}"
    if case["expect"]["sensitive"]:
        yield "sensitive"
    if len(case["text"]) > LONG_TEXT:
        yield "long text"


def _intents(case: dict[str, Any]) -> Iterator[str]:
    yield from dict.fromkeys(act["intent"] for act in case["expect"]["acts"])


def _language(case: dict[str, Any]) -> Iterator[str]:
    yield case["expect"]["language"]


def table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The table as lines: all, then by language, intent and phenomenon. A case counts in each of its intents' rows."""
    yield f"{'':<28}{_COLUMNS}"
    yield _row("all", verdicts)
    kinds: tuple[tuple[str, Callable[[dict[str, Any]], Iterator[str]]], ...]
    kinds = (("language", _language), ("intent", _intents), ("phenomenon", phenomena))
    for kind, names_of in kinds:
        groups: dict[str, list[Verdict]] = {}
        for verdict in verdicts:
            for name in names_of(verdict.case):
                groups.setdefault(name, []).append(verdict)
        yield f"by {kind}"
        yield from (_row(f"  {name}", groups[name]) for name in sorted(groups))


def _row(name: str, verdicts: Sequence[Verdict]) -> str:
    count = tally(verdicts)
    return (
        f"{name:<28}{count.cases:>6}{count.exact_share:>8.1%}{count.dangerous:>8}{count.wrong_child:>7}"
        f"{count.language_share:>8.1%}{count.mixed_norwegian:>7}{count.recall:>8.1%}{count.precision:>8.1%}"
    )


def goals(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """What must be reached, what is aimed at, and which of them was."""
    whole = tally(verdicts)
    yield f"{'':<28}{'reached':>10}{'at least':>10}{'aim':>8}"
    for code in sorted({verdict.case["expect"]["language"] for verdict in verdicts}):
        share = tally(v for v in verdicts if v.case["expect"]["language"] == code).exact_share
        yield _goal(f"acts exactly right, {code}", share, *_LEAST_AND_AIM.get(code, _OTHERS))
    yield _goal("dangerous errors", whole.dangerous / whole.cases, 0.005, 0.0, more_is_better=False)
    yield _goal("wrong child", whole.wrong_child / whole.cases, 0.002, 0.0, more_is_better=False)
    yield _goal("language right", whole.language_share, 0.98, 0.995)
    yield _goal("sensitive, recall", whole.recall, 0.95, 0.99)
    yield _goal("sensitive, precision", whole.precision, 0.95, 0.99)


def _goal(name: str, reached: float, least: float, aim: float, *, more_is_better: bool = True) -> str:
    def meets(bound: float) -> bool:
        return reached >= bound if more_is_better else reached <= bound

    verdict = "aim" if meets(aim) else "must" if meets(least) else "MISSED"
    return f"{name:<28}{reached:>10.2%}{least:>10.1%}{aim:>8.1%}  {verdict}"


def report(title: str, verdicts: Sequence[Verdict], misses: bool) -> Iterator[str]:
    yield f"{title}: {len(verdicts)} cases"
    if not verdicts:
        return
    yield ""
    yield from goals(verdicts)
    yield ""
    yield from table(verdicts)
    for verdict in verdicts:
        if verdict.dangerous:
            yield f"DANGEROUS {verdict.case['id']}"
        elif verdict.wrong_child:
            yield f"WRONG CHILD {verdict.case['id']}"
        elif misses and not verdict.exact:
            yield f"miss {verdict.case['id']}"
        if verdict.dangerous or verdict.wrong_child or (misses and not verdict.exact):
            yield f"    {verdict.case['text']!r}"
            yield f"    meant {verdict.case['expect']['acts']}"
            yield f"    heard {verdict.heard['acts']}"
    yield ""


def files_in(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl")) if path.is_dir() else [path]


def held_out() -> dict[str, list[Path]]:
    """The parts of our own cases that nobody reads who works at the grammar, by whoever wrote them or what they try."""
    parts = sorted(part for part in (OWN_CASES / HELD_OUT).glob("*") if part.is_dir())
    return {part.name: files_in(part) for part in parts}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bots.hearing.score", description="how well the listener hears")
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE|FOLDER")
    parser.add_argument("--misses", action="store_true", help="list every error, and not only those that act")
    parser.add_argument("--given", action="store_true", help="only the files that are named, none of our own")
    asked = parser.parse_args(arguments)
    parts: dict[str, list[Path]] = {}
    if asked.paths:
        parts["the named files"] = list(chain.from_iterable(files_in(path) for path in asked.paths))
    if not asked.given:
        parts |= {f"held out, {name}": files for name, files in held_out().items()}
        parts["our own cases"] = files_in(OWN_CASES)
    for title, files in parts.items():
        for line in report(title, judge_all(read_cases(files)), asked.misses):
            sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
