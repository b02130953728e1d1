# Installs Docker Engine on Ubuntu from Docker's own repository. README.md says what it has to do.
