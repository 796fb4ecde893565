"""State: tickets, tenants, callbacks, and how events change them."""
