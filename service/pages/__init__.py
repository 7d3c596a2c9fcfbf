"""What the service knows, for people and programs: `/criteria` and `/criteria/{id}`."""
