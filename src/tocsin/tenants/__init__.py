"""The tenants file: tenants with their contracts, sources and contacts."""
