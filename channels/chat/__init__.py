"""Chats at services of others, by which a family may write beside texts."""
