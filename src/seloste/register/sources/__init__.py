"""Systems that data come from: what they are called there, batches of what they bring, and what waits of it."""
