"""The wallboard: open promises by their next deadline, as a page that follows the log. It writes nothing."""
