"""Which kinds of resources take tags, of those that a ground is made of, and under which name. Pulumi's types."""

from __future__ import annotations

_AWS = (
    "budgets/budget:Budget", "cloudwatch/logGroup:LogGroup", "cloudwatch/metricAlarm:MetricAlarm",
    "ec2/defaultSecurityGroup:DefaultSecurityGroup", "ec2/eip:Eip",
    "ec2/flowLog:FlowLog", "ec2/internetGateway:InternetGateway", "ec2/natGateway:NatGateway",
    "ec2/routeTable:RouteTable", "ec2/securityGroup:SecurityGroup", "ec2/subnet:Subnet", "ec2/vpc:Vpc",
    "ec2/vpcEndpoint:VpcEndpoint", "ecr/repository:Repository", "iam/openIdConnectProvider:OpenIdConnectProvider",
    "iam/policy:Policy", "iam/role:Role", "kms/key:Key", "s3/bucket:Bucket", "s3/bucketV2:BucketV2",
    "s3/bucketObjectv2:BucketObjectv2", "sns/topic:Topic", "ssm/parameter:Parameter",
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule", "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)  # fmt: skip
_GOOGLE = (
    "artifactregistry/repository:Repository", "compute/globalAddress:GlobalAddress",
    "compute/globalForwardingRule:GlobalForwardingRule", "dns/managedZone:ManagedZone", "kms/cryptoKey:CryptoKey",
    "storage/bucket:Bucket",
)  # fmt: skip
_GOOGLE_USERS = ("monitoring/alertPolicy:AlertPolicy", "monitoring/notificationChannel:NotificationChannel")
_AZURE = (
    ("applicationinsights", "Component"), ("containerregistry", "Registry"), ("keyvault", "Key"), ("keyvault", "Vault"),
    ("machinelearningservices", "Workspace"), ("managedidentity", "UserAssignedIdentity"), ("monitor", "ActionGroup"),
    ("monitor", "MetricAlert"), ("monitor", "ScheduledQueryRule"), ("network", "NatGateway"),
    ("network", "NetworkSecurityGroup"), ("network", "PrivateEndpoint"), ("network", "PublicIPAddress"),
    ("network", "VirtualNetwork"), ("operationalinsights", "Workspace"), ("privatedns", "PrivateZone"),
    ("privatedns", "VirtualNetworkLink"),
    ("resources", "ResourceGroup"), ("storage", "StorageAccount"),
)  # fmt: skip
_BY_TYPE = {
    **{f"aws:{it}": "tags" for it in _AWS},
    **{f"gcp:{it}": "labels" for it in _GOOGLE},
    **{f"gcp:{it}": "userLabels" for it in _GOOGLE_USERS},
    **{f"azure-native:{module}:{name}": "tags" for module, name in _AZURE},
}


def property_of(type_: str) -> str:
    """The input that holds them; empty where there is none. Azure's types may have a version: storage/v20240101."""
    parts = type_.split(":")
    if parts[0] == "azure-native" and len(parts) == 3:
        type_ = f"azure-native:{parts[1].partition('/')[0]}:{parts[2]}"
    return _BY_TYPE.get(type_, "")
