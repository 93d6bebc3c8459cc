"""What payments, refunds, orders, disputes, invoices and subscriptions do."""
