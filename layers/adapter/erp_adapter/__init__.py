"""Delivers the orders of an Akinon shop to the merchant's ERP, once."""
