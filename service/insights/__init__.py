"""What became of the cards, for a safety board: counted, shown, and written to files."""
