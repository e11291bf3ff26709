"""Pages and cards: what a run, an evaluation or a reading looks like to a person. Pure functions of data."""
