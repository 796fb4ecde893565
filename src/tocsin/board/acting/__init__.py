"""Acting from a ticket's page: desk commands that are published, and what became of them."""
