"""The fold alone, over a recorded file."""
