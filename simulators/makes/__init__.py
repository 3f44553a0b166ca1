"""What a street sends when its devices are of a make: one file a format, by the name of its codec. Words: docs/glossary.md."""
