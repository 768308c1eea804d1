"""The command line and the public Python face of Gluechip."""
