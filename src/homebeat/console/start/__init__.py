"""The first hour: what an empty installation still needs."""
