"""Facts taken out of public sources: `images.json`."""
