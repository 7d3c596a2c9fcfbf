"""How it is reached: the HTTP service and the command line."""
