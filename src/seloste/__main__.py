"""`python -m seloste` is the command `seloste`."""

from seloste.project.main import main

main()
