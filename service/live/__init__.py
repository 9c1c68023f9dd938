"""The live picture of the site: one immutable snapshot that API, page and metrics all read."""
