"""Signing in with OpenID Connect: somebody else's provider says who somebody is."""
