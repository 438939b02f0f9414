"""How people reach Dossier: the command ``dossier``, the terminal and the web page."""
