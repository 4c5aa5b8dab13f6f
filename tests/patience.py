"""How long a test waits for what must come."""

PATIENCE = 60.0
"""Seconds. Whatever is waited for comes in a fraction of that; a machine with much else to do is no fault of it."""
START_PATIENCE = 180.0
"""Seconds, for what begins with a process of its own: it imports everything anew."""
