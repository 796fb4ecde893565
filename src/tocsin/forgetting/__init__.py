"""Where a person still stands in the log: what a notice to delete is about."""
