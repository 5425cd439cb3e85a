"""What can go wrong, in the words of the person who caused it or must repair it."""


class RegistryError(Exception):
    """Base of every error this software raises on purpose; its text is shown to people."""


class InputRefused(RegistryError):
    """The file or request cannot be accepted; nothing was changed (exit code 1)."""


class EnvironmentProblem(RegistryError):
    """The machine, disk or database does not let us work (exit code 3)."""


class InvalidIdentifier(RegistryError):
    """A text that is no public id and no BeSt identifier."""
