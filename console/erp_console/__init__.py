"""The `erp-adapter` command and the local stack: for people's machines, never deployed."""
