"""One file a bot: what it needs to know, the conversation it holds, and what it settles."""
