"""What is known, told to people and programs: criteria in words and as trees, nothing decided."""
