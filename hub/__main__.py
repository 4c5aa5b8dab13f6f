"""`python -m hub` is `budbok`."""

import sys

from hub.cli import main

sys.exit(main())
