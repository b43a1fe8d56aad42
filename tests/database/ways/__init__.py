"""Purpose sessions against a database whose policy is made by hand."""
