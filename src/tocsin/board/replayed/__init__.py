"""The board over a stretch of the log that is over: the fold once more, with the speed that the log had."""
