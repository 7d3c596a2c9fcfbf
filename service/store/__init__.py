"""What the service keeps: used tokens, and what became of the cards."""
