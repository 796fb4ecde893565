"""The tenants file: who is a tenant, by which contract, and where its messages come from."""
