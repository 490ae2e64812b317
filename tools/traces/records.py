"""Segments and subsegments, read from the JSON documents that services send to X-Ray."""

import json
import zlib
from collections.abc import Callable
from dataclasses import field
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    AfterValidator,
    AliasPath,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WrapValidator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticUseDefault

from .clocks import LONGEST_SECONDS, in_seconds


class Status(StrEnum):
    """How a request went; one that is several of these is shown as the most severe."""

    OK = "ok"
    ERROR = "error"
    THROTTLE = "throttle"
    FAULT = "fault"

    @property
    def severity(self) -> int:
        """Returns 0 for ok up to 3 for fault."""
        return list(Status).index(self)


def _leave_out(value: Any, validate: Callable[[Any], Any]) -> Any:
    try:
        return validate(value)
    except ValidationError:
        raise PydanticUseDefault from None


_TOLERANT = WrapValidator(_leave_out)
"""Emitters differ, and one odd value must not hide a segment."""

LONGEST_TEXT: Final = 1000
"""X-Ray takes names of 200 characters, and most other texts of 250 (X-Ray segment documents)."""


def shorten(value: Any, longest: int = LONGEST_TEXT) -> str:
    """Returns a value as text, its end left out if it is long, and still different from others."""
    try:
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        plain = ", ".join(value) if texts else value
        text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to show)"
    end = f"… ({len(text):,} characters, checksum {zlib.crc32(text.encode(errors='replace')):08x})"
    return text[: longest - 60] + end if len(text) > longest else text


RequiredText: TypeAlias = Annotated[str, Field(min_length=1), AfterValidator(shorten)]
Text: TypeAlias = Annotated[RequiredText | None, _TOLERANT]
_LOWER = AfterValidator(lambda id_: id_ and id_.lower())
"""Ids are numbers in 16 hexadecimal digits (X-Ray segment documents)."""

Time: TypeAlias = Annotated[float, Field(strict=True, ge=0, lt=100e18)]
ResponseCode: TypeAlias = Annotated[int, Field(ge=100, le=999)] | None
Flag: TypeAlias = Annotated[bool | None, _TOLERANT]
Unreadable: TypeAlias = list[tuple[str, str]]
"""Why something could not be read, and its text."""
JsonObject: TypeAlias = Annotated[dict[str, Any], _TOLERANT]
_CONFIG = ConfigDict(coerce_numbers_to_str=True)


def _at(*path: str) -> Any:
    """Returns what reads a field from within other ones."""
    return Field(validation_alias=AliasPath(*path))


@dataclass(frozen=True, kw_only=True, slots=True, config=_CONFIG)
class RecordedException:
    """An exception that a segment or subsegment recorded; the innermost frame is the first."""

    id: Text = None
    type: Text = None
    message: Text = None
    stack: Annotated[tuple[dict[str, Any], ...], _TOLERANT] = ()
    """Each frame with its `label`, `path` and `line`, as far as they are known."""

    truncated: Annotated[int, _TOLERANT] = 0
    """How many more frames there were (X-Ray segment documents)."""


@dataclass(kw_only=True, slots=True, eq=False, config=_CONFIG)
class Record:
    """A segment, or a subsegment; times are epoch seconds.

    A segment is what one service recorded of one request. `inferred` ones were made by X-Ray from
    the calling subsegment, for a service that sends none of its own. A subsegment is a part of
    the work: a call to something else, or local work. `cause_id` names an exception that another
    record has.
    """

    id: Annotated[RequiredText, _LOWER]
    name: RequiredText
    is_segment: bool
    within: "Record | None" = Field(default=None, init=False)
    """The record that it is in, if it came in that one's document."""

    wrong_times: str = Field(default="", init=False)
    """What was wrong with its times."""

    in_time: bool = Field(default=True, init=False)
    """Whether its clock can have been right."""

    start_time: Time
    end_time: Annotated[Time | None, _TOLERANT] = None
    in_progress: Flag = None
    trace_id: Text = None
    parent_id: Annotated[Text, _LOWER] = None
    namespace: Text = None
    origin: Text = None
    resource_arn: Text = None
    user: Text = None
    inferred: Flag = None
    error: Flag = None
    throttle: Flag = None
    fault: Flag = None
    http: JsonObject = field(default_factory=dict)
    method: Annotated[Text, _at("http", "request", "method")] = None
    url: Annotated[Text, _at("http", "request", "url")] = None
    response_code: Annotated[ResponseCode, _TOLERANT, _at("http", "response", "status")] = None
    aws: JsonObject = field(default_factory=dict)
    links: Annotated[tuple[dict[str, Any], ...], _TOLERANT] = ()
    sql: JsonObject = field(default_factory=dict)
    service: JsonObject = field(default_factory=dict)
    annotations: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    cause_id: Annotated[Text, _at("cause")] = None
    exceptions: Annotated[tuple[RecordedException, ...], _TOLERANT, _at("cause", "exceptions")] = ()

    def __post_init__(self) -> None:
        self.start_time, unit = in_seconds(self.start_time)
        if self.end_time is not None:
            self.end_time, unit_of_end = in_seconds(self.end_time)
            unit = unit or unit_of_end
        self.wrong_times = unit and f"times were in {unit}, corrected"
        if self.end_time and self.end_time - self.start_time > LONGEST_SECONDS:
            self.end_time, self.wrong_times = None, "no end that can be"

    @property
    def key(self) -> tuple[str, bool, str]:
        """Returns what tells it from others: caller and callee can give theirs one id."""
        return self.id, self.is_segment, self.name

    @property
    def account(self) -> str:
        """Returns the AWS account of what served it, where the document names one."""
        return shorten(self.aws.get("account_id") or f"{self.resource_arn}:::::".split(":")[4])

    @property
    def is_open(self) -> bool:
        """Returns whether it is still in progress."""
        return self.end_time is None or bool(self.in_progress)

    @property
    def duration_seconds(self) -> float | None:
        """Returns how long it took in seconds, or None while it is in progress."""
        if self.end_time is None or self.is_open:
            return None
        return max(0.0, self.end_time - self.start_time)

    @property
    def status(self) -> Status:
        """Returns the most severe flag; where one is left out, the response code says it."""
        code = self.response_code or 0
        if self.fault or (self.fault is None and 500 <= code < 600):
            return Status.FAULT
        if self.throttle or (self.throttle is None and code == 429):
            return Status.THROTTLE
        if self.error or (self.error is None and 400 <= code < 500):
            return Status.ERROR
        return Status.OK

    @property
    def request(self) -> str:
        """Returns the method and the URL of the HTTP request, as far as they were recorded."""
        return " ".join(filter(None, (self.method, self.url)))


_RECORD = TypeAdapter(Record)


class UnreadableDocumentError(ValueError):
    """The text isn't a segment document; the message says why in one sentence."""


def parse_document(text: str) -> tuple[list[Record], Unreadable]:
    """Reads one segment document.

    Returns:
        The segment, or the subsegment that was sent on its own, and then those within it. Each of
        these has the id of the one it is in as its parent. Second, the subsegments that have no id,
        name or start: X-Ray too removes only what doesn't comply.

    Raises:
        UnreadableDocumentError: The text isn't JSON, or what it is of has no id, name or start.
    """
    try:
        document = json.loads(text)
    except RecursionError:
        raise UnreadableDocumentError("The document is nested too deeply.") from None
    except ValueError as error:
        raise UnreadableDocumentError(f"The document isn't JSON: {error}.") from None
    is_subsegment = isinstance(document, dict) and document.get("type") == "subsegment"
    records = [_read("The document", document, is_segment=not is_subsegment)]
    removed: Unreadable = []
    part = f'A subsegment of "{records[0].name}"'
    waiting = _inside(document, records[0])
    while waiting:
        fields, parent = waiting.pop()
        try:
            record = _read(part, fields, is_segment=False, parent_id=parent.id)
        except UnreadableDocumentError as error:
            removed.append((str(error), shorten(fields, 9 * len(text))))
        else:
            records.append(record)
            record.within, parent = parent, record
        waiting += _inside(fields, parent)
    return records, removed


def _read(what: str, fields: Any, **known: Any) -> Record:
    if not isinstance(fields, dict):
        raise UnreadableDocumentError(f"{what} isn't a JSON object.")
    try:
        return _RECORD.validate_python({**fields, **known})
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]["loc"][0]
        raise UnreadableDocumentError(f'{what} has no valid "{wrong}".') from None


def _inside(fields: Any, parent: Record) -> list[tuple[Any, Record]]:
    """Returns the subsegments directly in something, the last first, with their parent."""
    inner = fields.get("subsegments") if isinstance(fields, dict) else None
    return [(each, parent) for each in reversed(inner)] if isinstance(inner, list) else []
