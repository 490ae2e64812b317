"""Makes causes of lost traces, on purpose, at one place of a cluster."""

import json
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import trustme

from components.agent.collector.gateway import GATEWAY_NAME
from components.agent.service import SERVICE_NAME
from tests.e2e.cluster.places import Place
from tests.e2e.cluster.sender import sender_pod
from tests.e2e.cluster.x_ray_front import SEGMENTS, Front
from tests.support.program import containers_of

NOWHERE: Final = "http://192.0.2.1:9"
"""An address that leads nowhere (RFC 5737)."""

NODE_SELECTOR: Final = {"nodeSelector": {"nowhere": "true"}}

FULL_SECONDS: Final = 50
"""Until 1,000 spans/s fill a collector's queue of 768 batches of 50, which nobody takes."""

BUSY_SECONDS: Final = 300

ROLE_ARN: Final = "arn:aws:iam::123456789012:role/nobody"

Make = Callable[[Place], None]


def no_canary(place: Place) -> None:
    place.canary["spec"]["template"]["spec"] |= NODE_SELECTOR


def no_daemon(place: Place) -> None:
    place.agent["spec"]["template"]["spec"] |= NODE_SELECTOR


def no_name(place: Place) -> None:
    place.api_server.core.delete_namespaced_service(SERVICE_NAME, place.namespace)


def no_ingress(place: Place) -> None:
    place.find("NetworkPolicy")["spec"]["ingress"] = []


def not_ready(place: Place) -> None:
    place.comes_up = False
    containers_of(place.agent)[0]["readinessProbe"]["tcpSocket"]["port"] = 9


def no_memory(place: Place) -> None:
    place.comes_up = False
    containers_of(place.agent)[1]["resources"]["limits"]["memory"] = "6Mi"


def no_policy(place: Place) -> None:
    place.lead(f"http://{place.front.at}", place.cloud.user_allowed(["sts:GetCallerIdentity"]))


def no_way_out(place: Place) -> None:
    place.lead(NOWHERE)


def wrong_region(place: Place) -> None:
    for each in containers_of(place.agent):
        each["args"] = ["us-west-2" if e == "eu-west-1" else e for e in each["args"]]


def no_gateway(place: Place) -> None:
    place.find("Deployment", GATEWAY_NAME)["spec"]["replicas"] = 0


def no_tls(place: Place) -> None:
    place.lead(f"https://{place.front.at}")


def no_pod_identity(place: Place) -> None:
    place.set_variables(without="AWS_ACCESS_KEY")


def no_credentials(place: Place) -> None:
    no_pod_identity(place)
    place.set_variables(without="AWS_CONTAINER")


def closed_proxy(place: Place) -> None:
    no_tls(place)
    place.set_variables(HTTPS_PROXY=f"http://{place.front.at}")


def no_sts(place: Place) -> None:
    # Any file will do as the token: nobody reads it.
    token = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/etc/hosts", "AWS_ROLE_ARN": ROLE_ARN}
    no_credentials(place)
    place.set_variables(**token, AWS_ENDPOINT_URL_STS=f"http://{place.front.at}")
    place.front.late = {"/": 3600}


def certificate(days: int) -> Make:
    """Shows the agent a certificate that it doesn't trust, and that ends so many days from now."""

    def make(place: Place) -> None:
        host, _, _ = place.front.at.partition(":")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        end = datetime.now(UTC) + timedelta(days=days)
        trustme.CA().issue_cert(host, not_after=end).configure_cert(tls)
        place.front.server_close()
        place.front = Front(host, place.cloud.endpoint, tls)
        no_tls(place)

    return make


def answering(status: int, kind: str, message: str = "", *paths: str) -> Make:
    def make(place: Place) -> None:
        said = json.dumps({"__type": kind, "message": message})
        place.front.answers = dict.fromkeys(
            paths or (SEGMENTS, "/GetSamplingRules"), (status, said)
        )

    return make


def late(place: Place) -> None:
    place.front.late = {SEGMENTS: 12}


def full(place: Place) -> None:
    """Sends more than X-Ray takes."""
    place.front.late = {SEGMENTS: 30}
    image = containers_of(place.canary)[0]["image"]
    metadata = {"name": f"{place.namespace}-load"}
    place.api_server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    much = 1000, BUSY_SECONDS, time.time(), "d0d4"
    host = f"{SERVICE_NAME}.{place.namespace}"
    place.api_server.apply(sender_pod(metadata["name"], image, "http", host, *much))
