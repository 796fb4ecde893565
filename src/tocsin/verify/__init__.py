"""Recomputes what the log led to, and compares it with what stands on the topics."""
