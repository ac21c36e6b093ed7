"""What a program may ask AWS: answered by the account where it knows, else by what is always so."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.pulumi.carrier import Values

VERSION = "2012-10-17"


def answered(account: Account, token: str, args: Values, region: str) -> Values:
    """Raises NotImplementedError for a question that nobody answers here."""
    match token.rpartition(":")[2]:
        case "getCallerIdentity":
            said = account.client("sts", region).get_caller_identity()
            return {"accountId": said["Account"], "arn": said["Arn"], "userId": said["UserId"], "id": said["Account"]}
        case "getRegion":
            name = args.get("name") or region
            said = {"region": name, "name": name, "id": name, "description": name}
            return {**said, "endpoint": f"ec2.{name}.amazonaws.com"}
        case "getPartition":
            suffix = {"dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}
            return {"partition": "aws", "id": "aws", **suffix}
        case "getAvailabilityZones":
            return _zones(account, args, region)
        case "getVpcEndpointService":
            named = account.client("ec2", region).describe_vpc_endpoint_services(ServiceNames=[args["serviceName"]])
            (one,) = named["ServiceDetails"]
            return {
                "availabilityZones": one["AvailabilityZones"],
                "serviceName": one["ServiceName"],
                "id": one["ServiceId"],
            }
        case "getPolicyDocument":
            return _policy(args)
        case _:
            raise NotImplementedError(token)


def _zones(account: Account, args: Values, region: str) -> Values:
    asked = [{"Name": one["name"], "Values": one["values"]} for one in args.get("filters") or []]
    # Each zone of the emulated account is opted in from the first, and it does not know that filter.
    known = [one for one in asked if one["Name"] != "opt-in-status"]
    if any("opt-in-not-required" not in one["Values"] for one in asked if one["Name"] == "opt-in-status"):
        return {"names": [], "zoneIds": [], "id": region, "groupNames": []}
    zones = account.client("ec2", region).describe_availability_zones(Filters=known)["AvailabilityZones"]
    state = args.get("state")
    zones = [it for it in zones if not state or it["State"] == state]
    zones = [it for it in zones if it["ZoneName"] not in (args.get("excludeNames") or [])]
    names, ids = [it["ZoneName"] for it in zones], [it["ZoneId"] for it in zones]
    return {"names": names, "zoneIds": ids, "id": region, "groupNames": [region]}


def _policy(args: Values) -> Values:
    statements = [_statement(one) for one in args.get("statements") or []]
    said = {"Version": args.get("version") or VERSION, "Statement": statements}
    if args.get("policyId"):
        said["Id"] = args["policyId"]
    return {
        "json": json.dumps(said, indent=2),
        "minifiedJson": json.dumps(said, separators=(",", ":")),
        "id": hashlib.sha256(json.dumps(said).encode()).hexdigest(),
    }


def _statement(said: Values) -> Values:
    words = {"actions": "Action", "notActions": "NotAction", "resources": "Resource", "notResources": "NotResource"}
    made: Values = {"Effect": said.get("effect") or "Allow"}
    if said.get("sid"):
        made["Sid"] = said["sid"]
    made |= {there: _one(said[here]) for here, there in words.items() if said.get(here)}
    for here, there in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if said.get(here):
            made[there] = _who(said[here])
    if said.get("conditions"):
        made["Condition"] = _when(said["conditions"])
    return made


def _who(said: list[Values]) -> Any:
    if said == [{"type": "*", "identifiers": ["*"]}]:
        return "*"
    return {one["type"]: _one(one["identifiers"]) for one in said}


def _when(said: list[Values]) -> Values:
    made: dict[str, Values] = {}
    for one in said:
        made.setdefault(one["test"], {})[one["variable"]] = _one(one["values"])
    return made


def _one(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items
