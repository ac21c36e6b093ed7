"""This machine as a provider: jobs and endpoints as processes that outlive the command."""
