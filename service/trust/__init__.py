"""Who may call: trusted clients, their keys, and what a token has to show."""
