"""Providers of national identities, by OpenID Connect."""
