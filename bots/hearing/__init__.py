"""Hearing: what guardians write, taken to mean something, with its reasons, and never guessed."""
