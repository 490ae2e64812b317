"""What can go wrong with the check itself, as a sentence for its user."""


class VerifyError(Exception):
    """Ends the check; its message is one clear sentence."""
