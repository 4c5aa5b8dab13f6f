"""Letters on paper: what stands on one, and the PDF that it is made into. Knows no school, no store and nobody outside."""
