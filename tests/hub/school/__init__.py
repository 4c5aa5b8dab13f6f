"""The book of the day."""
