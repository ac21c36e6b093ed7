"""Training jobs: what is asked, what is kept, and what runs."""
