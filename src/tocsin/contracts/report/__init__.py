"""A contract for people: its rules in words, as tables and as a page, with the histories that show them."""
