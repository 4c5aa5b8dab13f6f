"""What must outlast the hub: records kept apart from what they are of, and how they leave for an archive."""
