"""Reports from the journal alone: is it complete, who contacted us, which promises were kept."""
