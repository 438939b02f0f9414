"""Labelled sets that come with Dossier, as package data."""
