"""Google Vertex AI: planned and priced by this version, not connected to yet."""
