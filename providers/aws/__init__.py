"""Amazon SageMaker. `info` is the static half; everything else is imported once somebody connects."""
