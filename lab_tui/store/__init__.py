"""What the lab remembers: one database, its tables, its guards."""
