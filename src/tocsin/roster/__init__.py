"""Who carries a role of the escalation matrix at which hour, and how that person is reached."""
