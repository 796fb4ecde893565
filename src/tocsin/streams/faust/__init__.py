"""The worker as a Faust application."""
