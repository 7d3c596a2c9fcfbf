"""Checks of the knowledge: what is wrong in the files, and whether their examples hold."""
