"""What was said to whom, and why: a record of each call, kept without knowing the patient."""
