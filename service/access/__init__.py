"""Who may see and do what: decided here for pages, API, streams, exports and metrics alike."""
