"""Time zones, opening hours, business time and deadlines."""
