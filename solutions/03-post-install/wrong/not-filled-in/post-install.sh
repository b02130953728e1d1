# Lets the user who starts it run docker without sudo. README.md says what it has to do.
