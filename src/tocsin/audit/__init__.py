"""What can be told from the journal alone: whether it is whole, who turned to us, which promises were kept."""
