"""Broken glass: who saw more of a home than their role shows, and why."""
