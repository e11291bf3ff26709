"""Words only: what is known of each finding, and how a model is asked for it."""
