"""The list of residents: looked for by what somebody typed, and narrowed by area and state."""
