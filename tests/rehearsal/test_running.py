"""`make run` needs no more than what it installs: the rehearsal comes up where nothing for testing is there."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

HERE = Path(__file__).parents[2]


def read_names(file: str) -> set[str]:
    """The packages that a list of requirements pins, with `-` for every `_` and in small letters."""
    pins = re.findall(r"^([\w.-]+)==", (HERE / file).read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in pins}


def test_the_rehearsal_is_read_in_without_anything_that_only_tests_need() -> None:
    for_running = read_names("requirements.txt") | read_names("requirements-gate.txt")
    only_for_testing = read_names("requirements-dev.txt") - for_running
    missing = [
        module
        for module, packages in packages_distributions().items()
        if all(re.sub(r"[-_.]+", "-", package).lower() in only_for_testing for package in packages)
    ]
    script = f"import sys; sys.modules.update(dict.fromkeys({missing!r})); import tests.rehearsal.stage"

    done = subprocess.run([sys.executable, "-c", script], cwd=HERE, capture_output=True, text=True, check=False)

    assert "pytest" in missing
    assert done.returncode == 0, done.stderr
