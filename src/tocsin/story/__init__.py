"""The story of a ticket in words, and the arithmetic of its deadlines."""
