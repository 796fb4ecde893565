"""JSON Schemas and the AsyncAPI document of everything that is read or written."""
