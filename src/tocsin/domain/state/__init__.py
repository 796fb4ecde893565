"""What is known: tickets, tenants, callbacks, and how events change them."""
