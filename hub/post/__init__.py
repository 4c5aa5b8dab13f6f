"""The post office: keeps what arrives, sends what is posted, and knows where each message is."""
