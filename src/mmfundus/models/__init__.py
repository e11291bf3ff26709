"""Towers, what runs them without torch, and the model directory they travel in."""
