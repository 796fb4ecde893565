"""Our own schema, as pydantic models: the `data` of each kind of message that strangers may send."""
