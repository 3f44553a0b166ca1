"""The pages of duty: who must answer now, the weeks of each rota, and what to print for the day when nothing works."""
