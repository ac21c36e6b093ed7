"""Facts taken out of public sources, with the scripts that make them: `images.json`, `instances.json`."""
