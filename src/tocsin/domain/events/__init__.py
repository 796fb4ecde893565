"""What was decided, in the past tense."""
