"""Which properties are what a thing is: with another value there it is another thing, and the old one goes.

The SDKs say it in a docstring here and there only, too seldom to be read from them. What is told apart of Azure comes from the
SDK all the same: a property that is asked for and never answered with stands in the resource's address. Of AWS and Google it is
what their Terraform providers, which Pulumi's are made of, call ForceNew.
"""

from __future__ import annotations

import functools

from tradewind.sandbox.pulumi import shapes

NAMES = frozenset(
    (
        *("name", "accountId", "roleId", "secretId", "repositoryId", "keyRingId", "bucket", "location", "project"),
        *("region", "bucketId", "keyRing", "workloadIdentityPoolId", "workloadIdentityPoolProviderId", "managedZone"),
    )
)
EC2 = "aws:ec2/"
FORCED: dict[str, frozenset[str]] = {
    f"{EC2}vpc:Vpc": frozenset({"cidrBlock"}),
    f"{EC2}subnet:Subnet": frozenset({"vpcId", "cidrBlock", "availabilityZone"}),
    f"{EC2}routeTable:RouteTable": frozenset({"vpcId"}),
    f"{EC2}routeTableAssociation:RouteTableAssociation": frozenset({"subnetId"}),
    f"{EC2}route:Route": frozenset({"routeTableId", "destinationCidrBlock"}),
    f"{EC2}securityGroup:SecurityGroup": frozenset({"vpcId", "name", "description"}),
    f"{EC2}vpcEndpoint:VpcEndpoint": frozenset({"vpcId", "serviceName", "vpcEndpointType"}),
    f"{EC2}natGateway:NatGateway": frozenset({"allocationId", "subnetId"}),
    f"{EC2}eip:Eip": frozenset({"domain"}),
    f"{EC2}flowLog:FlowLog": frozenset({"vpcId", "trafficType", "logDestination", "logDestinationType", "iamRoleArn"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": frozenset({"securityGroupId"}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": frozenset({"securityGroupId"}),
    "aws:budgets/budget:Budget": frozenset({"name"}),
}
BODY = ("id", "properties", "source")  # not answered with by their names, and in no address
# Grants and links of Google, which are nothing beside what they join: each change makes another one.
JOINS = ("IAMMember", "IamMember", "ServiceIdentity")


@functools.cache
def of(token: str) -> frozenset[str]:
    """Names of properties; "*": every one."""
    if token.startswith("azure-native:"):
        return frozenset({*named(token), "location"})
    if token.endswith(JOINS):
        return frozenset({"*"})
    return FORCED.get(token, NAMES) | {"region"}


@functools.cache
def named(token: str) -> tuple[str, ...]:
    """What stands in the address of a resource of Azure, from above to below."""
    takes, _ = shapes.takes(shapes.arguments(token))
    answered = shapes.gives(token)
    return tuple(name for name in takes if name not in answered and name not in BODY)
