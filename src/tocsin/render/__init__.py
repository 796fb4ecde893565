"""Output for a terminal: text that is safe to show, tables, timelines, durations."""
