"""The sinks, one module each: something that takes a message, or says why not."""
