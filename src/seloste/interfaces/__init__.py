"""How people and programs reach the register; each interface translates and knows no other."""
