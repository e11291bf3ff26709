"""Training: a manifest and a configuration to a run directory with a model in it. Needs torch."""
