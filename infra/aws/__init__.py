"""The ground on AWS, over pulumi-aws."""
