"""What goes wrong, as the API tells it."""

from __future__ import annotations

from http import HTTPStatus

REASONS = {
    HTTPStatus.UNAUTHORIZED: "Unauthorized",
    HTTPStatus.FORBIDDEN: "Forbidden",
    HTTPStatus.NOT_FOUND: "NotFound",
    HTTPStatus.CONFLICT: "AlreadyExists",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Invalid",
    HTTPStatus.BAD_REQUEST: "BadRequest",
    HTTPStatus.NOT_IMPLEMENTED: "NotImplemented",
}


class ApiError(Exception):
    """A request that is answered with an error.

    Args:
        code: HTTP status.
        message: What is wrong.
    """

    def __init__(self, code: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def status(self) -> dict[str, object]:
        """Return it as the API's object of kind `Status`."""
        return {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message,
            "reason": REASONS[self.code], "code": int(self.code),
        }  # fmt: skip


def not_found(plural: str, name: str) -> ApiError:
    """Return the error of an object that does not exist."""
    return ApiError(HTTPStatus.NOT_FOUND, f'{plural} "{name}" not found')


def invalid(message: str) -> ApiError:
    """Return the error of a manifest with something that is wrong, or that the stand-in does not know."""
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, message)


def not_implemented(what: str) -> ApiError:
    """Return the error of a request that a cluster would answer and the stand-in does not."""
    return ApiError(HTTPStatus.NOT_IMPLEMENTED, f"The lab's stand-in for Kubernetes does not know {what}.")
