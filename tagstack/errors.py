"""The named errors: each is one line that says what is wrong, where, and what to do next."""

from __future__ import annotations


class TagstackError(Exception):
    """The work failed for a reason a person can act on. Exit code 1."""

    exit_code = 1


class UsageError(TagstackError):
    """The call was wrong: an option, a setting or an input that cannot work. Exit code 2."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is unknown, of the wrong type, or impossible."""


class SourceError(UsageError):
    """The database, its table or its window cannot be read as asked."""


class ContractError(TagstackError):
    """The questions do not have the structure that the contract promises."""


class EncoderError(TagstackError):
    """The encoder cannot be built, loaded or trusted."""


class FingerprintError(TagstackError):
    """Vectors or models of different encoders were about to be mixed."""


class ModelError(TagstackError):
    """A model cannot be trained, saved or loaded."""


class StorageError(TagstackError):
    """A file or folder could not be written or read: full disk, missing rights, damaged content."""


class StoreError(TagstackError):
    """The store of suggestions, decisions and promotions cannot be reached, read or written."""


class NoStoreError(StoreError):
    """Nothing was recorded yet."""


class ServiceError(TagstackError):
    """The service cannot start, or does not answer as it should."""


class PromotionError(TagstackError):
    """A version could not be brought into production; what had been changed was changed back."""
