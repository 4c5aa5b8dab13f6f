"""The core: what a school, a message and a conversation are. It imports nothing that stands above it."""
