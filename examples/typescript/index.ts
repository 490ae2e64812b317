// The X-Ray daemon on an existing EKS cluster.

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as xray from "@pulumi/xray-on-kubernetes";

const cluster = new xray.Cluster("cluster", {
    clusterName: new pulumi.Config().require("clusterName"),
});
const onCluster = new kubernetes.Provider("cluster", { kubeconfig: cluster.kubeconfig });

const writeAccess = new xray.WriteAccess("write-access", {
    credentialSource: xray.CredentialSource.POD_IDENTITY,
    clusterName: cluster.clusterName,
    clusterArn: cluster.clusterArn,
    namespace: "xray",
    serviceAccount: "xray-daemon",
});
const image = new xray.DaemonImage("xray-daemon", {
    imageSource: xray.ImageSource.MIRROR,
});
const daemon = new xray.TraceDaemon("xray", {
    image: image.reference,
    architectures: image.architectures,
    region: new pulumi.Config("aws").require("region"),
    memoryLimitMib: 256,
    prerequisites: [writeAccess.grantedPolicyArn],
}, { providers: [onCluster] });

export const daemonAddress = daemon.address;
