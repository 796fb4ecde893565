"""Reading and writing topics from outside a worker: for the command line, and for `tocsin dev`."""
