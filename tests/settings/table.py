"""The table of settings: cluster, access, image and agent. The rest is in `trace_table`."""

from typing import Final

from tests.settings.row import Row, Values
from tests.settings.trace_table import TRACES
from tests.support.program import KUBECONFIG

DIGEST: Final = f"sha256:{'0f' * 32}"
PROVIDER_ARN: Final = "arn:aws:iam::123456789012:oidc-provider/"
PROXY: Final = {"proxyUrl": "http://proxy.example.com:3128"}
OTHER_ADDRESS: Final = KUBECONFIG.replace("https://localhost", "https://kops.example.com")
KOPS: Final[Values] = {"credentialSource": "irsa", "oidcProviderArn": f"{PROVIDER_ARN}kops"}
ON_SHOP: Final[Values] = {"clusterName": "shop", "credentialSource": "node-role"}
NOT_A_FLAG: Final = ("yes", "True", 1)
NAMES: Final = ("a" * 64, "A_b", "-a", "a.b", "a\n")
BOUNDARY: Final = "arn:aws:iam::123456789012:policy/bound"
BUILD: Final = "v1.2.3-eksbuild."
NO_LABELS: Final = (
    *({"a b": "c"}, {"/a": "b"}, {"n" * 64: "a"}, {f"{'d' * 254}/a": "b"}, {"a\n": "b"}),
    *({"a": "b c"}, {"a": "v" * 64}, {"a": "käse"}),
)
PODS: Final = (
    "~sample-services-service-a-deployment ~sample-services-service-b-deployment ~xray-daemon-set"
)
LABEL: Final = {f"{'d' * 253}/{'n' * 63}": "v" * 63, "example.com/a_b.c-D": ""}

# fmt: off
THE_CLUSTER: Final = (
    Row("aws:region", ("eu-central-1", "us-gov-east-1", "cn-northwest-1", "us-iso-east-1"),
        ("Europe", "eu-west", "eu-west-1\n", "eu-west-1a"), "an AWS region such as", None,
        ('"-n", "eu-central-1"', '{"name": "AWS_REGION", "value": "eu-central-1"}')),
    Row("clusterName", ("mall", "Shop_2-b", "2024", "null", "x" * 100),
        ("-shop", "my shop", "x" * 101, "a\u0000"), "an EKS cluster: 1 to 100 letters",
        f"{PODS} ~write-access-role !kubernetes !write-access-association",
        ('"clusterName": "mall"',), before="shop"),
    # The same cluster by another address.
    Row("kubeconfig", (OTHER_ADDRESS, KUBECONFIG), ("~/.kube/config", "{}", "a: [", "7",
        KUBECONFIG.replace('"operator"', '"x"', 1), KUBECONFIG.replace('"clusters"', '"others"')),
        "whose current context leads to the cluster", "~kubernetes", ("https://kops.example.com",),
        KOPS, KUBECONFIG),
    Row("nodeRoleName", ("mall-nodes", "a+=,.@-_Z", "42", "x" * 64),
        ("arn:aws:iam::123456789012:role/nodes", "path/nodes", "nødes", "x" * 65),
        "the name (not the ARN) of an IAM role", "!write-access-node-role:RolePolicyAttachment",
        ('"role": "mall-nodes"',), ON_SHOP, "shop-nodes"),
    Row("oidcProviderArn",
        (f"{PROVIDER_ARN}oidc.example.com", f"{PROVIDER_ARN}eks.example.com/id/0A"),
        ("https://kops.example.com", "arn:aws:iam::1:oidc-provider/a", f"{PROVIDER_ARN}a\n"),
        "the ARN of an IAM OIDC provider", "~write-access-role", ("oidc.example.com:sub",),
        {**KOPS, "kubeconfig": KUBECONFIG}, f"{PROVIDER_ARN}kops"),
    Row("checkPodIdentityAgent", (False,), NOT_A_FLAG, "true or false", ""),
    Row("kubernetesVersion", ("1.30", "1.34"), ("1", "1.3", "1.34.1", "v1.34", "2.34", "1.3٤"),
        "a Kubernetes version such as", "~xray:Cluster", ('"version": "1.30"',)),
    Row("upgradePolicy", ("standard", "extended"), ("STANDARD", "both", True),
        "standard or extended", "~xray:Cluster", ('"supportType": "STANDARD"',)),
    Row("addonVersions",
        ({"vpc-cni": f"{BUILD}1", "coredns": f"{BUILD}2", "kube-proxy": f"{BUILD}3"},),
        ({"cni": f"{BUILD}1"}, {"coredns": "1.2.3"}, ["coredns"]), "versions such as v1.20.4-eksb",
        "~xray:Cluster ~xray-coredns:Addon", tuple(f'ersion": "{BUILD}{each}"' for each in "123")),
    Row("autoMode", (True,), NOT_A_FLAG, "true or false",
        f"{PODS} ~xray:Cluster "
        "-xray-nodes-AmazonEC2ContainerRegistryPullOnly:RolePolicyAttachment "
        "-xray-nodes-AmazonEKSWorkerNodePolicy:RolePolicyAttachment "
        "-xray-nodes-AmazonEKS_CNI_Policy:RolePolicyAttachment -xray-nodes-amd64:ManagedNodeGroup "
        "-xray-nodes:LaunchTemplate -xray-nodes:Role -xray-pod-identity-agent:Addon",
        ('"autoMode": {"enabled": true',)),
    # Docker's other builder makes images of several platforms: other resources.
    Row("architectures", (["amd64", "arm64"], ["arm64"]), ([], ["x86"], ["amd64", "amd64"]),
        "amd64, arm64 or both",
        f"{PODS} +sample-services-image +xray-daemon-image "
        "+xray-nodes-arm64:ManagedNodeGroup -sample-services-image -xray-daemon-image",
        ('"platforms": ["linux/amd64", "linux/arm64"]', '"instanceTypes": ["t4g.medium"]',
        '"amiType": "AL2023_ARM_64_STANDARD"')),
    Row("nodeInstanceTypes", (["m7i.large"], ["m7i-flex.2xlarge", "u-6tb1.112xlarge"]),
        (["t3"], ["T3.medium"], ["t3."], [".medium"], ["t3.medium"] * 2,
        [f"t{each}.medium" for each in range(21)]),
        "at most 20 different EC2 instance types", "!xray-nodes-amd64:ManagedNodeGroup",
        ('"instanceTypes": ["m7i.large"]',)),
    Row("nodeCount", (3, 1, 450), (0, 451), "from 1 to 450", "~xray-nodes-amd64:ManagedNodeGroup",
        ('"desiredSize": 3', '"minSize": 3', '"maxSize": 3')),
    # EKS refuses to move a cluster to another VPC, which Pulumi says when it comes to it.
    Row("subnetIds", (["subnet-01234567", "subnet-0123456789abcdef0"],),
        (["subnet-01234567"], ["subnet-01234567", "vpc-01234567"], ["subnet-01234567"] * 2),
        "at least 2 different subnets, in 2 zones", "~xray:Cluster",
        ('"privateSubnetIds": ["subnet-01234567", "subnet-0123456789abcdef0"]',)),
    Row("privateNetwork", (True,), NOT_A_FLAG, "true or false",
        "~xray:Cluster +xray-network-default:DefaultSecurityGroup +xray-network-nat:Eip "
        "+xray-network-nat:NatGateway +xray-network-private-0:RouteTableAssociation "
        "+xray-network-private-0:Subnet +xray-network-private-1:RouteTableAssociation "
        "+xray-network-private-1:Subnet +xray-network-private:Route "
        "+xray-network-private:RouteTable +xray-network-public-0:RouteTableAssociation "
        "+xray-network-public-0:Subnet +xray-network-public-1:RouteTableAssociation "
        "+xray-network-public-1:Subnet +xray-network-public:Route +xray-network-public:RouteTable "
        "+xray-network:InternetGateway +xray-network:Vpc", ('"privateSubnetIds"',)),
    Row("publicAccessCidrs", (["203.0.113.0/24"], [], ["0.0.0.0/0"], ["8.0.0.0/7", "11.0.0.0/8"]),
        (["::/0"], ["8.0.0.1/8"], ["a.com"], [f"8.0.{each}.0/24" for each in range(41)],
        ["8.0.0.0/8"] * 2, ["8.0.0.0/255.0.0.0"], ["0.0.0.0/1"], ["10.1.0.0/16"], ["240.0.0.0/4"]),
        "at most 40 different", "~xray:Cluster", ('"publicAccessCidrs": ["203.0.113.0/24"]',)),
    Row("protectCluster", (True,), NOT_A_FLAG, "true or false", ""),
    Row("vpcEndpoints", (["xray"], ["xray", "sts", "eks-auth", "ecr", "ec2"]),
        (["s3"], ["xray", "xray"]), "xray, sts, eks-auth, ecr and ec2",
        "+vpc-endpoints-xray:VpcEndpoint +vpc-endpoints:SecurityGroup", (".xray",)),
    Row("namespace", ("tracing", "x" * 63, "42", "null"), NAMES, "a DNS label: 1 to 63",
        "~write-access-role !sample-services-network-policy !sample-services-service-a-deployment "
        "!sample-services-service-a-disruption-budget !sample-services-service-a-service "
        "!sample-services-service-b-deployment !sample-services-service-b-disruption-budget "
        "!sample-services-service-b-service !write-access-association !xray-daemon-set "
        "!xray-namespace !xray-network-policy !xray-service !xray-service-account",
        ('"namespace": "tracing"',)),
    Row("createNamespace", (False,), NOT_A_FLAG, "true or false", "-xray-namespace",
        beside={"clusterName": "shop"}),
    # The cluster gets an OIDC provider, and the account names its role.
    Row("credentialSource", ("irsa", "node-role"), ("all", "IRSA"),
        "pod-identity, irsa or node-role",
        "~write-access-role ~xray-daemon-set ~xray-network-policy ~xray-service-account "
        "~xray:Cluster -write-access-association",
        ('"createOidcProvider": true', "eks.amazonaws.com/role-arn")),
    Row("assumeRoleArn",
        ("arn:aws:iam::111111111111:role/writer", "arn:aws:iam::111111111111:role/a/b"),
        ("writer", "arn:aws:iam::1:role/a", "arn:aws:iam::111111111111:user/a",
        f"arn:aws:iam::111111111111:role/{'x' * 600}"), "the ARN of an IAM role",
        "~write-access-policy ~xray-daemon-set",
        ('"-r", "arn:aws:iam::111111111111:role/writer"', "sts:AssumeRole")),
    Row("policyName", ("writers", "a+=,.@-_Z", "2024", "x" * 128),
        ("a b", "a/b", "pölicy", "x" * 129), "1 to 128 letters",
        "~xray-daemon-set !write-access-policy !write-access-role-policy:RolePolicyAttachment",
        ('"name": "writers"',)),
    Row("permissionsBoundary", (BOUNDARY, "arn:aws:iam::aws:policy/a/b/PowerUser"),
        ("bound", "arn:aws:iam::1:policy/a", "arn:aws:iam::123456789012:role/a", f"{BOUNDARY} b"),
        "the ARN of an IAM policy", "~write-access-role ~xray-nodes:Role",
        (f'Boundary": "{BOUNDARY}"',)),
    Row("rolePath", ("/team/", "/", f"/{'x' * 510}/"),
        ("team", "/team", "/a b/", "/tæm/", "//", "/team/\n", f"/{'x' * 511}/"), "between two /",
        "!write-access-policy !write-access-role !xray-nodes:Role", ('"path": "/team/"',)),
    # The image comes from elsewhere: it is another resource, in the same repository.
    Row("agent", ("collector", "both"), ("backend", "Daemon"), "daemon, collector or both",
        "~xray-daemon-set ~xray-network-policy ~xray-service "
        "+xray-collector-configuration:ConfigMap +xray-daemon-image:Index -xray-daemon-image",
        ("aws-otel-collector:",)),
    Row("imageSource", ("mirror", "public", "build"), ("hub", "null", "null "),
        "build, mirror or public", "~xray-daemon-set +xray-daemon-image:Index -xray-daemon-image",
        ("public.ecr.aws/xray/aws-xray-daemon",), {"sampleImage": "sample:1"}),
    # The digest is known once the image is built: the DaemonSet follows then.
    Row("daemonVersion", ("3.6.5", "3.10.0", "3.6.1"),
        ("3.x", "3.6", "4.0.0", "v3.6.6", "3.6.6-beta", "3.6.6666", "3.2.0", "3.03.0"),
        "a full version of the X-Ray daemon from 3.3.0 on", "~xray-daemon-image", ("3.6.5",)),
    Row("daemonDigest", (DIGEST,),
        ("3.6.6", "0f" * 32, f"sha256:{'0F' * 32}", f"sha512:{'0f' * 64}"), "64 hexadecimal digits",
        "~xray-daemon-image:Index ~xray-daemon-set",
        (f"aws-xray-daemon:3.6.6@{DIGEST}", ":3.6.6-0f0f0f0f0f0f"), {"imageSource": "mirror"}),
    Row("repositoryName", ("team/xray", "team/xray_daemon", "12", "x" * 256),
        ("x", "Xray", "xray-", "/xray", "xray//daemon", "x" * 257), "2 to 256 lower-case letters",
        "~xray-daemon-image ~xray-daemon-set !xray-daemon-lifecycle:LifecyclePolicy "
        "!xray-daemon-repository", ('"name": "team/xray"',)),
    Row("pullAccounts", (["111111111111"], ["000000000000"]),
        (["1"], ["1" * 13], ["arn:aws:iam::111111111111:root"], ["1" * 12] * 2), "12 digits each",
        "+xray-daemon-policy", ("arn:aws:iam::111111111111:root",)),
)
# fmt: on
"""Of the cluster, the access of its pods to X-Ray, and the agent's image."""

# fmt: off
THE_AGENT: Final = (
    # The namespace admits it, too.
    Row("hostPort", (True,), NOT_A_FLAG, "true or false", "~xray-daemon-set ~xray-namespace",
        ('"hostPort": 2000',)),
    Row("logLevel", ("debug", "info", "error"), ("WARN", "prod"), "debug, info, warn or error",
        "~xray-daemon-set", ('"-l", "debug"',)),
    Row("memoryLimitMib", (256, 64, 4096), (63, 4097), "from 64 to 4096", "~xray-daemon-set",
        ('"-m", "112"', '"memory": "256Mi"')),
    Row("platform", ({"cpuRequestMillicores": 100}, {}), (["cpu"],), "such as one with", PODS,
        ('"cpu": "100m"',)),
    Row("platform.cpuRequestMillicores", (1100, 1, 64_000), (0, 64_001), "from 1 to 64000", PODS,
        ('"limits": {"cpu": "1100m"', '"requests": {"cpu": "1100m"')),
    Row("platform.cpuLimitMillicores", (2500, 0, 64_000), (-1, 64_001), "from 0 to 64000", PODS,
        ('"cpu": "2500m"',)),
    Row("platform.memoryRequestPercent", (100, 1), (0, 101), "from 1 to 100", PODS,
        ('"requests": {"cpu": "50m", "ephemeral-storage": "16Mi", "memory": "192Mi"}',)),
    Row("platform.sentinelMemoryLimitMib", (48, 32, 4096), (31, 4097), "from 32 to 4096",
        "~xray-daemon-set", ('"memory": "48Mi"', '"memory": "24Mi"', "43MiB")),
    Row("platform.fixedUserIds", (False,), NOT_A_FLAG, "true or false", PODS),
    Row("platform.networkPolicy", (False,), NOT_A_FLAG, "true or false",
        "-sample-services-network-policy -xray-network-policy"),
    Row("platform.egressPorts", ([80, 5353], [1], [65_535]), ([0], [65_536]), "from 1 to 65535",
        "~sample-services-network-policy ~xray-network-policy",
        ('{"port": 5353, "protocol": "UDP"}, {"port": 5353, "protocol": "TCP"}',)),
    Row("nodeSelector", ({"example.com/pool": "traced"}, LABEL, {"kubernetes.io/osx": "a"}),
        (*NO_LABELS, {"kubernetes.io/os": "linux"}), "labels that nodes have", "~xray-daemon-set",
        ('"example.com/pool": "traced"',)),
    Row("priorityClass", ("system-node-critical", "team.example.com", "x" * 253),
        ("High", "-high", "a..b", "x" * 254, "high\n"), "a priority class such as",
        "~xray-daemon-set", ('"priorityClassName": "system-node-critical"',)),
    Row("ipFamily", ("ipv6", "dual-stack"), ("IPv4", "ipv5"), "ipv4, ipv6 or dual-stack",
        "~xray-daemon-set ~xray-network-policy ~xray-service", ('"ipFamilies": ["IPv6"]',),
        {"kubeconfig": KUBECONFIG, "credentialSource": "node-role", "nodeRoleName": "nodes",
        "sampleServices": False}),
    Row("trafficDistribution", ("prefer-zone", "prefer-node"), ("Local", "zone"),
        "node, prefer-node or prefer-zone", "~xray-service",
        ('"trafficDistribution": "PreferClose"',)),
    Row("ingressNamespaces", (["xray"], ["xray", "x" * 63]),
        (["Shop"], ["a.b"], ["shop\n"], ["*"], ["x" * 64]), "an array of namespaces",
        "~xray-network-policy", ('"kubernetes.io/metadata.name"',)),
    Row("proxyUrl", ("http://proxy.example.com:3128", "https://Proxy", "http://[fd00::7]:65535"),
        ("proxy:3128", "socks5://proxy", "http://", "http://user:password@proxy", "http://proxy/",
        "http://proxy?a=b", "http://proxy:0", "http://proxy:65536", "http://-proxy",
        "http://fd00::7", "http://proxy\n", f"http://{'x' * 300}"),
        "without user, password or path", "~xray-daemon-set ~xray-network-policy",
        ("http://proxy.example.com:3128",)),
    Row("noProxy",
        ([".example.org"], ["localhost", "A-1", "203.0.113.7"], ["10.0.0.0/8", "fd00::/8", "::1"]),
        ([""], ["."], ["*.example.com"], ["a,b"], ["http://a"], ["a..b"], ["a:80"], ["10.0.0.1/8"],
        ["fe80::1%eth0"], ["a\n"], ["x" * 254]),  "hosts, domains such as .example.com",
        "~xray-daemon-set", (".example.org",), PROXY),
    Row("extraArguments", (["-a", "shop"], [], ["--resource-arn=b", "-a=c"]),
        (["-b"], ["--version"], ["-c", "f"], ["-f=f"], ["region"], ["-a"], ["-a", ""], ["-a", "-v"],
        ["-a", "b\n"], ["---a=b"], ["-a", "b", "c"], ["-a", "x" * 501]), "of -a or --resource-arn",
        "~xray-daemon-set", ('"-a", "shop"',)),
    Row("labels", ({"team": "shop"}, LABEL),
        (*NO_LABELS, {"app.kubernetes.io/name": "a"}, {"pod-security.kubernetes.io/enforce": "a"}),
        "labels, without app.kubernetes.io/",
        "~xray-daemon-set ~xray-namespace ~xray-network-policy ~xray-service ~xray-service-account",
        ('"team": "shop"',)),
    Row("podAnnotations", ({"team": "shop"}, {"note": "käse\n" * 2000}), ({"a b": "c"},
        {"a": "x" * 10_001}, {"xray-on-kubernetes/a": "b"}, {"eks.amazonaws.com/role-arn": "a"},
        {str(each): "ä" * 9_000 for each in range(15)}), "of at most 255 KiB together",
        "~xray-daemon-set", ('"team": "shop"',)),
)
# fmt: on
"""Of the daemon, or of whichever agent runs."""

ROWS: Final = (*THE_CLUSTER, *THE_AGENT, *TRACES)
