"""Put the application together, and serve it: the API and the dashboard at one address."""
