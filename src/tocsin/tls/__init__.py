"""Certificates in files: TLS that goes on with renewed ones, and when they expire."""
