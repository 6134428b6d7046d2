"""Refusals in RingCentral's words: the catalogue of codes and the two-level error body.

Source of codes, statuses and sample messages: RingCentral's API specification 1.0.46
(`x-error-codes` in the schema subset) and developer guide. The top-level `errorCode` is an older
word for some codes and the code itself for the rest.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from typing_extensions import override

# code: (HTTP status, message). Braces name what the refusal is about.
CATALOGUE: dict[str, tuple[int, str]] = {
    "CMN-101": (400, "Parameter [{parameter}] value is invalid"),
    "CMN-102": (404, "Resource for parameter [{parameter}] is not found"),
    "CMN-103": (400, "Cannot parse request body: JSON object expected"),
    "CMN-104": (400, "Cannot parse request body"),
    "CMN-106": (400, "Too many identifiers in a batch request"),
    "CMN-107": (416, "Requested range not satisfiable"),
    "CMN-109": (403, "Feature [{parameter}] is not available"),
    "CMN-120": (404, "Invalid URI"),
    "CMN-201": (503, "Service Temporary Unavailable"),
    "CMN-203": (500, "Internal Server Error"),
    "CMN-211": (503, "Service is under maintenance"),
    "CMN-301": (429, "Request rate exceeded"),
    "CMN-401": (
        403,
        "Application needs to have [{permission}] permission to call this API endpoint",
    ),
    "CMN-405": (401, "Login to extension required"),
    "CMN-408": (403, "User needs to have [{permission}] permission to call this API endpoint"),
    "CMN-419": (
        403,
        "User needs [{permission}] permission with extended scope for another extension",
    ),
    "MSG-314": (403, "Extension is of unappropriate type"),
    "MSG-316": (400, "Parameter [to] value [{value}] is invalid [Target extension not found]"),
    "MSG-324": (400, "Extension is of unappropriate state"),
    "MSG-325": (403, "Reply is forbidden for old message threads"),
    "MSG-326": (403, "Reply is denied for user, who is no longer a thread participant"),
    "MSG-330": (403, "Sender extension is of unappropriate type"),
    "MSG-331": (
        400,
        "Sender extension number [{value}] does not correspond to logged in extension",
    ),
    "MSG-332": (400, "Sender extension id [{value}] does not correspond to logged in extension"),
    "MSG-333": (400, "Full synchronization is required"),
    "MSG-335": (400, "Recipient extension number does not correspond to ID"),
    "MSG-338": (400, "Message is too large"),
    "MSG-390": (400, "Parameters [conversationId] and [type] cannot be used together"),
    "OAU-105": (401, "Login is not allowed for this type of extension"),
    "OAU-108": (400, "Authorization code is expired"),
    "OAU-109": (400, "Redirect URIs do not match"),
    "OAU-110": (400, "Authorization code was issued for another application"),
    "OAU-123": (400, "Client authentication is required"),
    "OAU-128": (401, "Access token expired"),
    "OAU-129": (401, "Access token corrupted"),
    "OAU-140": (400, "Invalid resource owner credentials"),
    "OAU-141": (401, "Login is not allowed: extension is in unappropriate state"),
    "OAU-146": (400, "Invalid client credentials"),
    "OAU-149": (401, "Invalid token"),
    "OAU-151": (401, "Authorization method not supported"),
    "OAU-213": (401, "Token not found"),
    "OAU-250": (400, "Unsupported grant type"),
    "SUB-405": (403, "Not allowed subscribe for events of another extension"),
    "SUB-406": (403, "Not allowed subscribe for events to extensions of other account"),
    "SUB-408": (403, "Not allowed subscribe for events of unknown user"),
    "SUB-505": (403, "Subscriptions limit exceeded"),
    "SUB-507": (404, "Subscription is expired"),
    "SUB-508": (400, "Event filters are not supported"),
    "SUB-516": (400, "Invalid reminder parameters"),
    "SUB-520": (400, "Validation Token is not returned"),
    "SUB-521": (400, "WebHook is not reachable"),
    "SUB-523": (400, "HTTPS is required"),
    "SUB-524": (400, "WebHook server certificate is invalid"),
    "SUB-525": (400, "WebHook server response is invalid"),
}

WORDS = {
    "CMN-101": "InvalidParameter",
    "CMN-102": "InvalidParameter",
    "CMN-211": "MaintenanceMode",
    "CMN-401": "InsufficientPermissions",
    "OAU-213": "TokenInvalid",
}

# RingCentral answers in the user's language; clients must go by the code.
LOCALISED = "Die Anfrage konnte nicht verarbeitet werden"


@dataclass(eq=False)
class ApiError(Exception):
    """One refused call, ready to be written as an answer.

    `code` is what clients branch on; `parameter`, `value` and `permission` say what about.
    """

    status: int
    code: str
    message: str
    parameter: str | None = None
    value: str | None = None
    permission: str | None = None
    retry_after_s: int | None = None
    has_list: ClassVar[bool] = True

    @override
    def __str__(self) -> str:
        return f"{self.status} {self.code}"

    def body(self) -> dict[str, Any]:
        """Write both levels: the old word on top, the code in `errors`."""
        about = {
            "message": self.message,
            "parameterName": self.parameter,
            "parameterValue": self.value,
            "permissionName": self.permission,
        }
        known = {key: value for key, value in about.items() if value is not None}
        return {
            "errorCode": WORDS.get(self.code, self.code),
            **known,
            "errors": [{"errorCode": self.code, **known}] if self.has_list else [],
        }


@dataclass(eq=False)
class GatewayError(ApiError):
    """The API gateway knows no such address; its body has an empty `errors`."""

    has_list: ClassVar[bool] = False


@dataclass(eq=False)
class OAuthError(ApiError):
    """A refused token or authorize call, in the words of RFC 6749 plus RingCentral's list."""

    error: str = "invalid_request"

    @override
    def body(self) -> dict[str, Any]:
        return {
            "error": self.error,
            "error_description": self.message,
            "errors": [{"errorCode": self.code, "message": self.message}],
        }


def refuse(
    code: str,
    *,
    status: int | None = None,
    parameter: str | None = None,
    value: str | None = None,
    permission: str | None = None,
) -> ApiError:
    """Make the refusal for a code of the catalogue. `status` for codes that come with several."""
    usual, template = CATALOGUE[code]
    message = template.format(parameter=parameter or "", value=value or "", permission=permission)
    return ApiError(status or usual, code, message, parameter, value, permission)


def bad(parameter: str) -> ApiError:
    """Refuse a parameter or field: 400 CMN-101."""
    return refuse("CMN-101", parameter=parameter)


def refuse_login(error: str, code: str, message: str | None = None) -> OAuthError:
    """Refuse a token call: always 400, the only refusal its schema knows."""
    return OAuthError(400, code, message or CATALOGUE[code][1], error=error)
