"""Many submissions: finds them, grades what is new side by side, and loses nothing."""
