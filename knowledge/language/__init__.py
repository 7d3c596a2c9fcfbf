"""The language of the knowledge: shape of the files, and what their sentences mean."""
