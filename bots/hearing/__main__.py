"""`python -m bots.hearing`: reads messages as JSON lines, and answers each as it comes."""

import sys

from bots.hearing.lines import understand

for line in understand(sys.stdin):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
