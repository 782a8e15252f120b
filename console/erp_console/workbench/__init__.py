"""`erp-adapter workbench`: an order, its document and the profile between them, on a local page."""
