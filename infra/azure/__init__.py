"""The ground on Azure: `foundation.AzureFoundation` over pulumi-azure-native."""
