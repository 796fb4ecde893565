"""Errors of a client; each message is a whole sentence for the terminal."""


class ClientError(Exception):
    """The request was refused, or names something that does not exist."""


class UnavailableError(ClientError):
    """The broker does not answer, or has stopped answering."""
