"""The meters of a site: their tree, their accuracy classes, and how errors propagate."""
