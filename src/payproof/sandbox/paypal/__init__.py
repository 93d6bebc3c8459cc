"""PayPal: Orders v2, Payments v2, Vault v3, Subscriptions v1, Disputes v1 and webhooks."""
