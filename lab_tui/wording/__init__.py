"""Sentences for people, made from the facts that the lab gives; shared by screens and commands."""
