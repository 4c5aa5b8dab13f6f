"""Writes the next step of the store from what the tables say: `python -m hub.migrations "what it does"`.

Read what it wrote before keeping it: a rename looks like a loss to it.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from hub.database import make_engine
from hub.upgrade import MIGRATIONS, bring_up_to_date


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.sqlite'}"
        steps = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
        if steps:
            bring_up_to_date(url)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        engine = make_engine(url)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{len(steps) + 1:04d}")
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
