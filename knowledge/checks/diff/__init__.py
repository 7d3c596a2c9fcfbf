"""Two versions of the knowledge side by side: what changed in the files, and for which patients."""
