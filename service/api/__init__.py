"""The JSON API, version 1: the snapshot as data, and the stored past of a point."""
