"""From images to findings: what a reader of studies needs. Free of torch."""
