"""The mailroom: each letter on its way, by digital post where the national register says so, and on paper otherwise."""
