"""Values that law and meter share: identifiers, periods, languages. No Django, no input or output."""
