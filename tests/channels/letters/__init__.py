"""Digital post, one country's service a file."""
