"""What Dossier learned and from what: labelled text, and the commands that fit the data files from it."""
