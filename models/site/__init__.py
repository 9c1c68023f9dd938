"""A site as plain data: what is measured where, and what its operator declares."""
