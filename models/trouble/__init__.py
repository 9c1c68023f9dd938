"""Why a device gives nothing, or nothing to be trusted, and what to check."""
