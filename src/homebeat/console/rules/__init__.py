"""The pages of rules: what is in force in an area, and the form that changes one rule."""
