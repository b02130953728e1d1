"""What students are given: a tree of files made from labs, templates and a course's settings."""
