"""Keeps the breaches of a site: from findings to stored breaches, and back to readers."""
