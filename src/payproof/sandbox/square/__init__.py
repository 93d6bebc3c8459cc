"""Square: payments, refunds, orders, customers, cards, invoices, subscriptions, disputes, payment links and webhooks."""
