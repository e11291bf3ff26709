"""One function a verb: what a user asks, in a user's words. A verb's docstring is its help."""
