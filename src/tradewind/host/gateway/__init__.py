"""The gateway of one endpoint: a daemon that routes by shares and looks after the replicas behind it."""
