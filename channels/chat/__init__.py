"""Chat: written and read in an application, ours or another's."""
