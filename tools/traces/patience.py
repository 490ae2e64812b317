"""Calls of an API of AWS, at the pace that it allows, and again while it refuses them."""

from collections.abc import Callable
from typing import Final, Generic, ParamSpec, TypeVar

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
    wait_random_exponential,
)

from tools.traces.pace import Pace

PATIENCE: Final = 120.0
"""Seconds after which an API that refuses all calls is given up."""

OUTAGE: Final = 1.0
"""Seconds of nothing but refusals that are worth to be told a user."""

_THROTTLING: Final = {"ThrottledException", "ThrottlingException"}
"""X-Ray's own refusal and the one common to all of AWS (X-Ray API reference, "BatchGetTraces" and
"Common Error Types")."""

_TOO_MANY_REQUESTS: Final = 429

_TRANSIENT: Final = {500, 502, 503, 504}
"""What is worth another attempt: https://docs.aws.amazon.com/boto3/latest/guide/retries.html."""

ATTEMPTS: Final = 6
"""How often a call is made that fails by the network or in AWS; the waits between are 16 seconds at
most in all."""

P = ParamSpec("P")
T = TypeVar("T")


class PatientCall(Generic[P, T]):
    """One operation of a client, for many threads at once.

    botocore's own retries do not use the rate that X-Ray allows: `standard` lets every refused
    call sleep, and `adaptive` lowers its rate once for each of the calls that are refused together
    (botocore/retries/adaptive.py). `bench/performance/reading.py` measures what this one uses.

    Args:
        operation: The operation; its client should retry nothing itself.
        patience: Seconds after which it is given up where all calls are refused.
    """

    def __init__(self, operation: Callable[P, T], patience: float = PATIENCE) -> None:
        self._operation = operation
        self._patience = patience
        self._pace = Pace()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call, and return what the operation returns.

        Raises:
            ClientError: The API refused the call for good.
            BotoCoreError: The API could not be asked.
            CancelledError: This was closed.
        """
        through_refusals = Retrying(
            retry=retry_if_exception(is_throttling), stop=self._is_hopeless, reraise=True
        )
        through_failures = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(ATTEMPTS) | stop_when_event_set(self._pace.closed),
            wait=wait_random_exponential(multiplier=0.5),
            sleep=sleep_using_event(self._pace.closed),
            reraise=True,
        )
        return through_refusals(through_failures, self._attempt, *args, **kwargs)

    @property
    def throttled(self) -> bool:
        """Return whether the API refuses all calls at present."""
        return self._pace.silence() > OUTAGE

    def close(self) -> None:
        """Make no further attempt of any call."""
        self._pace.close()

    def _attempt(self, *args: P.args, **kwargs: P.kwargs) -> T:
        self._pace.wait()
        try:
            answer = self._operation(*args, **kwargs)
        except ClientError as error:
            if is_throttling(error):
                self._pace.refused()
            raise
        self._pace.succeeded()
        return answer

    def _is_hopeless(self, state: RetryCallState) -> bool:
        waited = state.seconds_since_start or 0.0
        return min(waited, self._pace.silence()) > self._patience


def is_throttling(error: BaseException) -> bool:
    """Return whether an API refused a call because it is asked too much."""
    return isinstance(error, ClientError) and (
        error.response.get("Error", {}).get("Code") in _THROTTLING
        or _status(error) == _TOO_MANY_REQUESTS
    )


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, ClientError):
        return _status(error) in _TRANSIENT
    return isinstance(error, ConnectionError | HTTPClientError)


def _status(error: ClientError) -> int | None:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
