"""The resources of a stack, declared plainly: what the program is measured beside.

Runs as a Pulumi program in a folder with `resources.jsonl`: URN, type, name and inputs of a
resource in each line. Like any such program it loads the class of each resource.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pulumi


def class_of(resource_type: str) -> Any:
    """Returns a resource's class, such as `pulumi_aws.iam.Role` for `aws:iam/role:Role`."""
    package, module, kind = resource_type.split(":")
    parts = module.split("/") if package == "kubernetes" else module.split("/")[:1]
    path = [part.partition(".")[0] for part in parts if part != "index"]
    return getattr(import_module(".".join([f"pulumi_{package.replace('-', '_')}", *path])), kind)


declared: dict[Any, Any] = {}
for line in Path("resources.jsonl").read_text(encoding="utf-8").splitlines():
    # An input may be another resource, which its URN tells.
    each = json.loads(line, object_hook=lambda found: declared.get(found.get("urn", ""), found))
    arguments = each["type"], each["name"], each["inputs"]
    if issubclass(class_of(each["type"]), pulumi.ComponentResource):
        declared[each["urn"]] = pulumi.ComponentResource(*arguments, remote=True)
    else:
        declared[each["urn"]] = pulumi.CustomResource(*arguments)
