"""Facts taken out of public sources, with the script that makes them: `images.json`."""
