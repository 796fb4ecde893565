"""The wallboard in a real browser: how it comes, what it is asked, and the pictures that are taken of it."""
