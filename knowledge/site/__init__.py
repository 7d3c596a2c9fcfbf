"""A site's own folder: what a hospital changes, switches off, adds, and signs off."""
