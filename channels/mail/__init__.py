"""Mail, in by our own listener and out by the owner's relay."""
