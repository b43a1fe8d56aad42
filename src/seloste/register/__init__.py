"""What people do with the register: one Django app, a folder for each term of the notice."""
