"""AWS's prices, in US dollars, each with where it is from; those of us-east-1 unless told."""

from dataclasses import dataclass, field
from typing import Final

from components.xray.transaction_search import DEFAULT_INDEXING_PERCENT

XRAY_PRICING: Final = "https://aws.amazon.com/xray/pricing/"
CLOUDWATCH_PRICING: Final = "https://aws.amazon.com/cloudwatch/pricing/"
EC2_PRICING: Final = "https://aws.amazon.com/ec2/pricing/on-demand/"
VPC_PRICING: Final = "https://aws.amazon.com/vpc/pricing/"
PRIVATELINK_PRICING: Final = "https://aws.amazon.com/privatelink/pricing/"

FREE_TRACES: Final = 100_000
"""Traces recorded in a month without charge (`XRAY_PRICING`)."""

FREE_READS: Final = 1_000_000
"""Traces retrieved or scanned in a month without charge (`XRAY_PRICING`)."""

FREE_INDEXING_PERCENT: Final = DEFAULT_INDEXING_PERCENT
"""Share of spans that X-Ray indexes without charge."""

HOURS: Final = 730
"""Hours of a month, as AWS's own estimates have them (AWS Pricing Calculator)."""

SECONDS: Final = HOURS * 3600

GB: Final = 10**9
"""Bytes. Where AWS bills by 2**30 bytes, the charge is 7 % less."""

MILLION: Final = 1_000_000


def _price(dollars: float, per: str, source: str) -> float:
    return field(default=dollars, metadata={"per": per, "source": source})


@dataclass(frozen=True)
class Prices:
    """Prices of one region, in US dollars."""

    traces: float = _price(5.00, "1 million traces recorded", XRAY_PRICING)
    reads: float = _price(0.50, "1 million traces retrieved or scanned", XRAY_PRICING)
    spans: float = _price(0.35, "GB of spans, the first 10 TB", CLOUDWATCH_PRICING)
    spans_from_10_tb: float = _price(0.20, "GB of spans, the next 20 TB", CLOUDWATCH_PRICING)
    spans_from_30_tb: float = _price(0.15, "GB of spans, beyond", CLOUDWATCH_PRICING)
    indexed_spans: float = _price(0.75, "1 million spans indexed", CLOUDWATCH_PRICING)
    between_zones: float = _price(0.01, "GB between zones, in each direction", EC2_PRICING)
    nat: float = _price(0.045, "GB through a NAT gateway", VPC_PRICING)
    endpoint_hour: float = _price(
        0.01, "hour of a private endpoint, in each zone", PRIVATELINK_PRICING
    )
    endpoint: float = _price(0.01, "GB through a private endpoint", PRIVATELINK_PRICING)
    node_hour: float = _price(0.0416, "hour of a node: t3.medium, Linux", EC2_PRICING)

    def of_traces(self, traces: float) -> float:
        """Returns the charge for traces that are recorded."""
        return max(traces - FREE_TRACES, 0) / MILLION * self.traces

    def of_reads(self, traces: float) -> float:
        """Returns the charge for traces that are retrieved or scanned."""
        return max(traces - FREE_READS, 0) / MILLION * self.reads

    def of_spans(self, size: float) -> float:
        """Returns the charge for spans that Transaction Search keeps.

        Args:
            size: Of all of them, in bytes.
        """
        tiers = ((0, self.spans), (10_000, self.spans_from_10_tb), (30_000, self.spans_from_30_tb))
        ends = [*(start for start, _ in tiers[1:]), float("inf")]
        return sum(
            max(min(size / GB, end) - start, 0) * dollars
            for (start, dollars), end in zip(tiers, ends, strict=True)
        )

    def of_index(self, spans: float, percent: float) -> float:
        """Returns the charge for the index of spans.

        Args:
            spans: How many are kept.
            percent: Share of them that is indexed, 0 to 100.
        """
        return spans * max(percent - FREE_INDEXING_PERCENT, 0) / 100 / MILLION * self.indexed_spans
