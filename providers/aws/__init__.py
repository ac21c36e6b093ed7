"""Amazon SageMaker. The static half so far; connecting comes with the rest of this provider."""
