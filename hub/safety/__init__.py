"""Safety: who may see what, how sure we must be of whoever acts, and what was done and read."""
