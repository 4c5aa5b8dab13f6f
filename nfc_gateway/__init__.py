"""The reader at the wall: a small computer with an NFC reader, and the hub's side that takes what it read.

`receiver` belongs to the hub. All else stands alone, on a computer that has neither the hub nor its store.
"""
