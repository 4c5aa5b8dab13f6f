"""Writes docs/capabilities.md from the marks on the tests, so that the list cannot claim what no test shows.

`python -m tests.capabilities` writes it; with `--check` it says whether it is stale.
"""

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "capabilities.md"
TITLES = HERE / "capability_titles.toml"
ROW = re.compile(r"^[WLKHPN]-\d{2}$")
GROUPS = "WLKHPN"


def marked_tests() -> dict[str, list[str]]:
    """For each row, the tests that show it, as pytest names them."""
    shown: dict[str, list[str]] = defaultdict(list)
    for file in sorted(HERE.rglob("test_*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for decorator in node.decorator_list:
                for row in _rows(decorator):
                    shown[row].append(f"{file.relative_to(HERE.parent).as_posix()}::{node.name}")
    return shown


def _rows(decorator: ast.expr) -> list[str]:
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith("mark.capability"):
        return []
    rows = [ast.literal_eval(argument) for argument in decorator.args]
    wrong = [row for row in rows if not ROW.match(row)]
    if wrong:
        raise SystemExit(f"These are no rows: {', '.join(wrong)}")
    return rows


def titles() -> dict[str, str]:
    import tomllib

    return tomllib.loads(TITLES.read_text("utf-8"))


def page() -> str:
    """The page as it should be. Raises SystemExit when a shown row has no title."""
    shown, names = marked_tests(), titles()
    untitled = sorted(set(shown) - set(names))
    if untitled:
        raise SystemExit(f"tests/capability_titles.toml has no title for {', '.join(untitled)}")
    lines = [
        "# What Budbok is shown to do",
        "",
        "Written by `python -m tests.capabilities` from the marks on the tests; a row that no test shows is not here.",
        "",
        "| Row | Capability | State | Tests |",
        "| --- | --- | --- | --- |",
    ]
    for row in sorted(shown, key=lambda name: (GROUPS.index(name[0]), name)):
        tests = "<br>".join(f"`{test}`" for test in shown[row])
        lines.append(f"| {row} | {names[row]} | shown | {tests} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text("utf-8") != page():
            sys.stdout.write("docs/capabilities.md is stale: run `python -m tests.capabilities`.\n")
            return 1
        return 0
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
