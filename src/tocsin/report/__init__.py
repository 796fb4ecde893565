"""The report of a client's month, quarter or year: one model from the log, and what draws it."""
