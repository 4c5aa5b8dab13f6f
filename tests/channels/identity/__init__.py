"""National identity providers, by OpenID Connect."""
