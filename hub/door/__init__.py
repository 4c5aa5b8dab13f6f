"""The door: tags, the devices that read them, and each touch of one, until staff have confirmed what it means."""
