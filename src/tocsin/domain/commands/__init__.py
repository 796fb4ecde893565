"""What can be asked: accepted inputs and desk verbs, as plain data."""
