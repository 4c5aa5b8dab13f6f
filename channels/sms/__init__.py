"""Text messages, by way of a provider."""
