"""Channels: whatever speaks to somebody else's system."""
