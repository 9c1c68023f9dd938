"""Server-sent events: how they are numbered, remembered, compressed and ended."""
