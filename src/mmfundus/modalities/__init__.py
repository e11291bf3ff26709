"""The one place that says what a modality is: its words, preparation and limits, a file each."""

KIND = "modality"
