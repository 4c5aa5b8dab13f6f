"""Talk: what was said, what was heard, and the conversations that follow."""
