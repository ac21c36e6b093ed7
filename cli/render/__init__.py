"""Results as lines for people: pure functions from a document and a sheet of paper to text, one file a noun."""
