"""What the public site shows to whoever is not signed in yet."""
