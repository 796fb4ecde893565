"""notify: takes alerts to people and their systems, and says in the log what became of each. A process of its own."""
