"""Monthly reports on service levels: figures from the ledger, as a document that needs no network and as a table."""
