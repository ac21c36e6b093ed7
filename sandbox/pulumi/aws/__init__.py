"""Resource types of AWS, carried out on the emulated account; a file a service."""
