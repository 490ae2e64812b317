"""CloudWatch Transaction Search: every span of the account is kept, and can be searched."""

import json
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from ..aws_values import REGION
from ..component import Component
from ..constraints import number
from ..inputs import Inputs
from ..policy_document import PolicyDocument, policy_document

POLICY_NAME: Final = "xray-on-kubernetes-transaction-search"
"""One name for every stack: a region takes ten such policies, and two stacks want the same one."""

LOG_GROUPS: Final = ("aws/spans", "/aws/application-signals/data")
"""Where X-Ray keeps spans (CloudWatch user guide, CloudWatch-Transaction-Search-Cloudformation)."""

XRAY_PRINCIPAL: Final = "xray.amazonaws.com"
"""The service that writes them, in every partition (the same page, and that of China)."""


class TransactionSearchArgs(TypedDict):
    """Inputs of `TransactionSearch`."""

    region: pulumi.Input[str]
    """AWS region that it is turned on in."""

    indexing_percent: NotRequired[pulumi.Input[float]]
    """Share of spans that X-Ray indexes as trace summaries, 0 to 100."""


TRANSACTION_SEARCH: Final = Inputs(
    TransactionSearchArgs,
    # What X-Ray indexes without charge (CloudWatch user guide, Enable-TransactionSearch).
    {"indexing_percent": 1.0},
    {"region": REGION, "indexing_percent": number(0, 100)},
)


class TransactionSearch(Component):
    """Turns CloudWatch Transaction Search on, for the whole account in one region.

    Makes a resource policy of CloudWatch Logs, by which X-Ray may keep spans there, the
    destination of all trace segments, and the share of them that is indexed.

    From then on, whatever sends traces to X-Ray in this account and region sends them to
    CloudWatch Logs, at the prices of CloudWatch: all traces, not only those of this stack.

    A destroy leaves all three as they are. The AWS provider does not change the destination back,
    and spans would be lost for everybody if the policy went before it. To turn Transaction Search
    off, set the destination to `XRay` yourself (`aws xray update-trace-segment-destination`).

    X-Ray may not see a new policy at once. Where an update ends with "XRay does not have
    permission to call PutLogEvents", the next one goes on.
    """

    destination: pulumi.Output[str]
    """Where trace segments go, known once spans are taken; pass it as a prerequisite."""

    def __init__(
        self, name: str, args: TransactionSearchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = TRANSACTION_SEARCH.complete(args, f"TransactionSearch {name}")

        policy = self._create_policy()
        destination = self._create_destination(policy)
        self._create_indexing_rule(destination)

        self.destination = destination.destination
        self._register()

    def _create_policy(self) -> "aws.cloudwatch.LogResourcePolicy":
        asked = pulumi.InvokeOutputOptions(parent=self)
        document = pulumi.Output.all(
            aws.get_partition_output(opts=asked).partition,
            self._args["region"],
            aws.get_caller_identity_output(opts=asked).account_id,
        ).apply(lambda known: json.dumps(span_policy_document(*known)))
        return aws.cloudwatch.LogResourcePolicy(
            f"{self._name}-policy",
            policy_name=POLICY_NAME,
            policy_document=document,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _create_destination(
        self, policy: "aws.cloudwatch.LogResourcePolicy"
    ) -> "aws.xray.TraceSegmentDestination":
        return aws.xray.TraceSegmentDestination(
            f"{self._name}-destination",
            destination="CloudWatchLogs",
            # X-Ray refuses the destination while it may not write there.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _create_indexing_rule(self, destination: "aws.xray.TraceSegmentDestination") -> None:
        aws.xray.IndexingRule(
            f"{self._name}-indexing",
            # X-Ray has this one alone.
            name="Default",
            rule={"probabilistic": {"desired_sampling_percentage": self._args["indexing_percent"]}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[destination]),
        )


def span_policy_document(partition: str, region: str, account: str) -> PolicyDocument:
    """Returns the policy of CloudWatch Logs that lets X-Ray keep an account's spans there."""
    return policy_document(
        {
            "Sid": "KeepSpans",
            "Effect": "Allow",
            "Principal": {"Service": XRAY_PRINCIPAL},
            "Action": "logs:PutLogEvents",
            "Resource": [
                f"arn:{partition}:logs:{region}:{account}:log-group:{name}:*" for name in LOG_GROUPS
            ],
            "Condition": {
                "ArnLike": {"aws:SourceArn": f"arn:{partition}:xray:{region}:{account}:*"},
                "StringEquals": {"aws:SourceAccount": account},
            },
        }
    )
