"""What was in hand with a customer: calls, cases, requests, campaigns, tasks."""
