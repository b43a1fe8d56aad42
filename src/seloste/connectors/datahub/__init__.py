"""Fingrid Datahub: messages of the electricity market, read from files and written as files.

`codes` says what the market's codes are in the register's words, `messages` how a message looks,
`wire` how text becomes a value and back, `document` what is XML at all; `reading` and `writing` are
the two ways.
"""
