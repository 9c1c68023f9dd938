"""Device profiles: the register map or node map of a device model, as data."""
