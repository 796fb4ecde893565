"""Answers to pages: signed links, and the page with a button behind each."""
