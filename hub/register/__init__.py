"""Imports that propose: what a municipality's register says, beside what the store holds."""
