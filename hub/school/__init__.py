"""The book of the day: who is away, who comes late, who is here."""
