"""Writes docs/words.html: everything Budbok says, all languages side by side, with letters and SMS parts, to be read for tone.

`python -m tests.words_page` writes it; with `--check` it says whether it is stale. Each macro is said with examples; where a
parameter picks one of several words, each of them is said. What no example fits is shown as it is written.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes

from hub.language import FIXED, WRITTEN
from hub.parts import count_parts
from hub.words import WORDS, Words
from tests.words_examples import EXAMPLES

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "words.html"
LANGUAGES = (*WRITTEN, *FIXED)
MOST_WAYS = 60
ENVIRONMENT = jinja2.Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True)  # noqa: S701  # only parsed here


def subjects() -> list[str]:
    return sorted(folder.name for folder in WORDS.iterdir() if any(folder.glob("*.j2")))


def read_macros(subject: str, language: str) -> Mapping[str, nodes.Macro]:
    """The macros that may be said, in the order in which they are written; empty when the language has no such file."""
    file = WORDS / subject / f"{language}.j2"
    if not file.exists():
        return {}
    found = ENVIRONMENT.parse(file.read_text("utf-8")).find_all(nodes.Macro)
    return {macro.name: macro for macro in found if not macro.name.startswith("_")}


def read_source(subject: str, language: str, name: str) -> str:
    text = (WORDS / subject / f"{language}.j2").read_text("utf-8")
    found = re.search(r"\{% macro " + name + r"\([^)]*\) -?%\}(.*?)\{%-? endmacro", text, re.DOTALL)
    return found[1].strip() if found else ""


def list_picks(macro: nodes.Macro) -> dict[str, list[Any]]:
    """For each parameter that picks a word, the values it may have."""
    names = {argument.name for argument in macro.args}
    picks: dict[str, list[Any]] = {}
    for item in macro.find_all(nodes.Getitem):
        if isinstance(item.node, nodes.Dict) and isinstance(item.arg, nodes.Name) and item.arg.name in names:
            keys = [pair.key.value for pair in item.node.items if isinstance(pair.key, nodes.Const)]
            picks.setdefault(item.arg.name, keys)
    return picks


def example(subject: str, language: str, macro: str, name: str) -> Any:
    """One for the macro alone, one for the subject, one for all, or the name itself."""
    if name == "choices":
        return ["1 Ella", "2 Otso", f"3 {Words(language).say('options.all_of_two')}"]
    keys = (f"{subject}.{macro}.{name}", f"{subject}.{name}", name)
    return next((EXAMPLES[key] for key in keys if key in EXAMPLES), name)


def list_ways(subject: str, language: str, macro: nodes.Macro) -> Iterator[dict[str, Any]]:
    """The parameters it is said with: one set, or one for each word it may pick."""
    plain = {argument.name: example(subject, language, macro.name, argument.name) for argument in macro.args}
    picks = list_picks(macro)
    if not picks:
        yield plain
        return
    for name, values in picks.items():
        first = {other: keys[0] for other, keys in picks.items()}
        yield from ({**plain, **first, name: value} for value in values)


def say(subject: str, language: str, macro: nodes.Macro) -> list[str]:
    """What is said, each way once; empty where no example fits."""
    words = Words(language)
    said: dict[str, None] = {}
    for ways in islice(list_ways(subject, language, macro), MOST_WAYS):
        try:
            said[words.say(f"{subject}.{macro.name}", **ways)] = None
        except Exception:
            return []
    return [text for text in said if text]


def cell(subject: str, language: str, macro: nodes.Macro | None) -> str:
    if macro is None:
        return '<td class="none">–</td>'
    said = say(subject, language, macro)
    if not said:
        return f"<td><code>{escape(read_source(subject, language, macro.name))}</code></td>"
    return f'<td lang="{language}">{"".join(paragraph(text) for text in said)}</td>'


def paragraph(text: str) -> str:
    counted = count_parts(text)
    letters = f"{counted.units} · {counted.parts} SMS" + (" · UCS-2" if counted.encoding == "ucs2" else "")
    mark = ' class="long"' if counted.parts > 1 or counted.encoding == "ucs2" else ""
    return f"<p>{escape(text)} <small{mark}>{letters}</small></p>"


def section(subject: str) -> str:
    read = {language: read_macros(subject, language) for language in LANGUAGES}
    macros = {language: found for language, found in read.items() if found or language in WRITTEN}
    names = dict.fromkeys(name for of_language in macros.values() for name in of_language)
    rows = "\n".join(
        f'<tr><th scope="row">{name.replace("_", "_<wbr>")}</th>'
        + "".join(cell(subject, language, found.get(name)) for language, found in macros.items())
        + "</tr>"
        for name in names
    )
    heads = "".join(f'<th scope="col">{language}</th>' for language in macros)
    return (
        f'<section id="{subject}"><h2>{subject}</h2><div class="wide" tabindex="0" role="region" aria-label="{subject}">'
        f'<table><thead><tr><th scope="col"></th>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div></section>'
    )


STYLE = """
:root { color-scheme: light dark; --ink: #1b1f1d; --soft: #56605b; --ground: #fbfaf7; --line: #d8d6cf; --long: #8a3b00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceee9; --soft: #a9b3ad; --ground: #161917; --line: #3a403c; --long: #ffb37a; }
}
body { margin: 0; padding: 1.5rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 "Atkinson Hyperlegible Next", system-ui, sans-serif; }
h1, h2 { line-height: 1.2; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
a { color: inherit; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; table-layout: fixed; min-width: 90rem; width: 100%; }
th, td { border-top: 1px solid var(--line); padding: .5rem .75rem; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: var(--ground); }
thead th:first-child { width: 9rem; }
tbody th { font-weight: 600; }
td { overflow-wrap: break-word; }
td p { margin: 0 0 .5rem; }
small { color: var(--soft); white-space: nowrap; }
small.long { color: var(--long); font-weight: 600; }
code { font-size: .8125rem; color: var(--soft); overflow-wrap: anywhere; }
.none { color: var(--soft); }
"""


def page() -> str:
    """The page as it should be."""
    links = "".join(f'<a href="#{subject}">{subject}</a>' for subject in subjects())
    sections = "\n".join(section(subject) for subject in subjects())
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What Budbok says</title>
<style>{STYLE}</style>
<h1>What Budbok says</h1>
<p>Written by <code>python -m tests.words_page</code> from templates/words, with invented people. Behind each text stand its
letters as the network counts them and the SMS parts it takes; what takes more than one, or letters that GSM-7 lacks, is
marked.</p>
<nav aria-label="Subjects">{links}</nav>
{sections}
</html>
"""


def main() -> int:
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text("utf-8") != page():
            sys.stdout.write("docs/words.html is stale: run `python -m tests.words_page`.\n")
            return 1
        return 0
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
