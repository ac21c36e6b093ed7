"""Machine types of the services: what is in each, and which meets a need. No money, and no SDK: `cost` prices them."""
